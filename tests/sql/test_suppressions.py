"""Who said stop is left alone until they say start: by when it was said, not by when we heard of it."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.sql.texts.texting import CONFIRMATION, LINE, PERSON, ago, sid, wait_for_locks

pytestmark = pytest.mark.sql

STORIES = [
    "stop", "start", "stop start", "start stop", "stop start stop", "start stop start", "stop stop start",
    "stop start start stop", "stop start stop start",
]  # fmt: skip


def suppressed(texting, number: str = PERSON, scope: str = "texts") -> bool:
    return bool(texting.database.call("is_suppressed", number=number, scope=scope)["suppressed"])


def shown_standing(texting) -> Any:
    """How lists, the page and the command line show the person."""
    (thread,) = texting.database.call("conversations_page", number=PERSON)["rows"]
    return thread["suppressed"]


def reasons(texting) -> list[str]:
    return list(texting.database.call("is_suppressed", number=PERSON)["reasons"])


@pytest.mark.parametrize("story", STORIES)
def test_the_last_word_counts_in_whatever_order_the_words_arrive(texting, story):
    words = story.split()
    said = [(word, ago(minutes=30) + timedelta(minutes=place)) for place, word in enumerate(words)]
    wrong = []
    for order in itertools.permutations(said):
        texting.empty()

        for word, moment in order:
            texting.receive(word.upper(), keyword=word, observed_at=moment, message_sid=f"SM{moment}")
            texting.receive(word.upper(), keyword=word, observed_at=moment, message_sid=f"SM{moment}")

        if suppressed(texting) is not (words[-1] == "stop"):
            wrong.append([word for word, _ in order])
    assert wrong == []


def test_a_stop_covers_calls_and_texts_on_every_channel(texting):
    texting.receive("STOP", keyword="stop", sender=f"whatsapp:{PERSON}")

    assert [suppressed(texting, scope=scope) for scope in ("texts", "calls", "all")] == [True] * 3
    assert suppressed(texting, f"whatsapp:{PERSON}")


@pytest.mark.parametrize(
    ("reason", "lifted"),
    [("STOP", True), ("spoken_request", True), ("21610", True), ("30004", True), ("operator", False)],
)
def test_start_lifts_everything_but_an_operators_decision(texting, reason, lifted):
    texting.database.call("suppress", number=PERSON, scope="all", reason=reason, observed_at=ago(minutes=5))

    texting.receive("START", keyword="start")

    assert suppressed(texting) is not lifted


@pytest.mark.parametrize("carrier", ["21610", "30004"])
@pytest.mark.parametrize("word", ["STOP", "spoken_request"])
@pytest.mark.parametrize("first", ["person", "carrier"])
@pytest.mark.parametrize("earlier", ["person", "carrier"])
def test_what_the_person_said_is_the_reason_whatever_the_carrier_says_before_or_after(
    texting, word, carrier, first, earlier
):
    said = {"person": ago(minutes=2), "carrier": ago(minutes=2)} | {earlier: ago(minutes=5)}
    texting.receive()
    told = [("person", "all", word), ("carrier", "texts", carrier)]

    for who, scope, reason in told if first == "person" else reversed(told):
        texting.database.call("suppress", number=PERSON, scope=scope, reason=reason, observed_at=said[who])

    assert reasons(texting) == [word, carrier]
    shown = shown_standing(texting)
    assert (shown["reason"], datetime.fromisoformat(shown["since"])) == (word, said["person"])


@pytest.mark.parametrize("refused_first", [True, False])
def test_a_stop_that_crosses_our_answer_stays_the_reason_when_the_carrier_refuses_the_answer(
    texting, refused_first
):
    texting.receive("Hello")
    message = texting.queue(content="the answer")
    (row,) = texting.outgoing()

    if refused_first:
        texting.finish(row, "refused", error_code="21610")
    texting.receive("STOP", keyword="stop")
    if not refused_first:
        texting.finish(row, "refused", error_code="21610")

    assert texting.column(message, "error_code") == "21610"
    assert (shown_standing(texting)["reason"], reasons(texting)) == ("STOP", ["STOP", "21610"])
    texting.receive("START", keyword="start")
    assert shown_standing(texting) is None


def test_a_thread_shows_why_it_gets_no_texts_before_why_it_gets_no_calls(texting):
    texting.receive()
    texting.database.call(
        "suppress", number=PERSON, scope="calls", reason="operator", observed_at=ago(minutes=5)
    )
    calls_alone = shown_standing(texting)

    texting.database.call("suppress", number=PERSON, scope="texts", reason="21610")

    assert (calls_alone["texts"], calls_alone["reason"]) == (False, "operator")
    both = shown_standing(texting)
    assert (both["texts"], both["calls"], both["reason"]) == (True, True, "21610")


def test_an_operator_lifts_only_what_operators_decided(texting):
    for reason in ("operator", "STOP"):
        texting.database.call("suppress", number=PERSON, scope="all", reason=reason)

    texting.database.call("lift_suppression", number=PERSON, by_operator=True)

    assert reasons(texting) == ["STOP"]


def test_a_block_of_texts_leaves_calls_alone(texting):
    texting.database.call("suppress", number=PERSON, scope="texts", reason="21610")

    assert (suppressed(texting, scope="texts"), suppressed(texting, scope="calls")) == (True, False)


def test_a_word_that_no_ledger_knows_is_refused(texting):
    answer = texting.database.call("suppress", number=PERSON, scope="all", reason="whim")

    assert answer == {"result": "refused", "code": "unknown_reason"}


def test_stop_and_start_at_the_same_time_end_as_they_were_said(texting):
    wrong = 0
    for _ in range(15):
        texting.empty()
        texting.receive("warm-up")
        words = [("stop", ago(seconds=20)), ("start", ago(seconds=10)), ("stop", ago(seconds=30))]

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda said: texting.receive(said[0], keyword=said[0], observed_at=said[1]), words))

        wrong += suppressed(texting)
    assert wrong == 0


def test_a_stop_that_is_stored_while_a_newer_start_is_not_committed_yet_changes_nothing(texting, dsn):
    with psycopg.connect(dsn) as slow, ThreadPoolExecutor(1) as pool:
        slow.execute("select public.lift_suppression(%s)", [PERSON])
        stop = pool.submit(
            texting.database.call,
            "suppress",
            number=PERSON,
            scope="all",
            reason="STOP",
            observed_at=ago(seconds=9),
        )
        wait_for_locks(texting, 1)
        slow.commit()
        outcome = stop.result()

    assert outcome == {"result": "lifted", "standing": False}
    assert not suppressed(texting)


def test_a_request_in_free_words_gets_one_confirmation_and_nothing_after_it(texting):
    texting.reply("what you asked for", "second part")
    texting.queue(content="a reminder", kind="reminder")
    texting.receive("please leave me alone", opt_out=True)
    texting.receive("I said leave me alone!", opt_out=True)
    texting.queue(content="one more thing")

    assert texting.send_all() == [CONFIRMATION]
    assert texting.claim() == {"result": "none"}
    assert texting.rows("select count(*) from public.sms_history where kind = 'confirmation'") == [(1,)]
    held = texting.rows("select distinct status from public.sms_history where outbox_state = 'failed'")
    assert held == [("suppressed",)]


def test_an_answer_to_the_very_text_that_asked_for_silence_is_not_sent_beside_the_confirmation(texting):
    asked = texting.receive("are you open? and stop texting me", opt_out=True)["message_id"]
    texting.owner.execute(
        """select private.queue_text(to_number => %s, our_number => %s, channel => 'sms', content => 'We are.',
                                     kind => 'conversation', sent_by => 'bot', in_reply_to => %s, part => 1)""",
        [PERSON, LINE, asked],
    )

    assert texting.send_all() == [CONFIRMATION]


def test_a_repeated_request_is_confirmed_once(texting):
    name = sid()
    for _ in range(3):
        texting.receive("please leave me alone", opt_out=True, message_sid=name)

    assert texting.send_all() == [CONFIRMATION]


def test_the_carriers_own_words_are_confirmed_by_the_carrier_alone(texting):
    texting.receive("STOP", keyword="stop")

    assert texting.send_all() == []


def test_a_request_after_the_carriers_word_gets_no_confirmation(texting):
    texting.receive("STOP", keyword="stop")

    texting.receive("do not text me", opt_out=True)

    assert texting.send_all() == []


def test_the_carriers_word_after_a_request_holds_the_confirmation_back(texting):
    texting.receive("do not text me", opt_out=True)

    texting.receive("STOP", keyword="stop")

    assert texting.send_all() == []


def test_where_the_carrier_does_not_answer_stop_we_confirm_it(texting):
    texting.receive("STOP", keyword="stop", carrier_answers=False)

    assert texting.send_all() == [CONFIRMATION]


def test_what_the_second_opinion_recognised_is_suppressed_with_its_answer(texting):
    texting.receive("enough of this")
    claimed = texting.claim()

    texting.answer(
        claimed,
        texts=[{"content": CONFIRMATION, "kind": "confirmation"}],
        effects=[{"type": "suppress", "scope": "all", "reason": "spoken_request"}],
    )
    texting.queue(content="something else")

    assert texting.send_all() == [CONFIRMATION]
    assert reasons(texting) == ["spoken_request"]


def test_after_start_texts_flow_again(texting):
    texting.receive("please leave me alone", opt_out=True, observed_at=ago(seconds=5))
    texting.receive("START", keyword="start")
    texting.queue(content="welcome back")

    assert texting.send_all() == [CONFIRMATION, "welcome back"]
