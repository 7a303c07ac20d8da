"""A text that comes in stands once in its thread, whatever it looks like and however often it comes."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.sql.texts.texting import NOTICE, OPERATOR, PERSON, ago, sid, someone, wait_for_locks
from voicebot.storage.database import PostgresDatabase

pytestmark = pytest.mark.sql


def test_a_text_that_comes_three_times_two_of_them_at_once_is_one_text_with_one_claim(texting):
    name = sid()
    barrier = threading.Barrier(2)

    def together() -> dict:
        barrier.wait()
        return texting.receive(message_sid=name)

    with ThreadPoolExecutor(2) as pool:
        answers = [each.result() for each in [pool.submit(together), pool.submit(together)]]
    answers.append(texting.receive(message_sid=name))

    assert sorted(answer["result"] for answer in answers) == ["duplicate", "duplicate", "stored"]
    assert len({answer["message_id"] for answer in answers}) == 1
    assert texting.rows("select unread_count from public.conversations") == [(1,)]
    assert texting.claim()["unanswered"] == [answers[0]["message_id"]]
    assert texting.claim(token=uuid4()) == {"result": "none"}


def test_fifty_texts_of_one_person_at_once_with_repetitions_wait_together(texting, dsn):
    names = [sid() for _ in range(50)]
    pool = PostgresDatabase(dsn, min_size=4, max_size=8)
    texting.database, calm = pool, texting.database

    with ThreadPoolExecutor(8) as workers:
        answers = list(workers.map(lambda name: texting.receive(message_sid=name), [*names, *names]))
    pool.close()
    texting.database = calm

    assert [answer["result"] for answer in answers].count("stored") == 50
    assert len(texting.claim()["unanswered"]) == 50
    assert texting.claim(token=uuid4()) == {"result": "none"}


def test_a_text_that_is_committed_late_is_not_passed_over_by_an_answer(texting, dsn):
    """The id of a message is drawn while its thread is locked: the later id never becomes visible first."""
    texting.receive("before")
    ((verification,),) = texting.rows(
        """insert into public.verifications (phone_number, purpose, channel, nonce, expires_at)
           values (%s, 'slow', 'sms', 'n', now() + interval '10 minutes') returning id""",
        PERSON,
    )
    with psycopg.connect(dsn) as slow, ThreadPoolExecutor(2) as pool:
        # Storing the first text stops between its id and its commit: its code cannot be tried.
        slow.execute("select from public.verifications where id = %s for update", [verification])
        first = pool.submit(texting.receive, "first", verification_id=verification, code_ok=False)
        wait_for_locks(texting, 1)
        second = pool.submit(texting.receive, "second")
        wait_for_locks(texting, 2)
        claimed_meanwhile = texting.claim()["result"]
        slow.commit()
        ids = [first.result()["message_id"], second.result()["message_id"]]

    assert claimed_meanwhile == "none"
    assert ids == sorted(ids)
    assert texting.claim()["unanswered"][1:] == ids


@pytest.mark.parametrize(
    ("channel", "sender", "content", "media", "known"),
    [
        ("sms", "+12025550147", "", None, True),
        (
            "mms",
            "+12025550148",
            "",
            [{"url": f"https://m/{n}", "type": "image/png"} for n in range(10)],
            True,
        ),
        ("whatsapp", "whatsapp:+12025550149", "hi", None, True),
        ("whatsapp", "whatsapp:US.1234", "hi", None, False),
        ("sms", "262966", "your code", None, False),
        ("sms", "AMAZON", "x" * 1600, None, False),
    ],
)
def test_texts_are_kept_as_they_come(texting, channel, sender, content, media, known):
    details = {"ProfileName": "Ann", "WaId": "1"}

    answer = texting.receive(
        content, sender=sender, channel=channel, media=media, details=details, num_segments=2
    )

    kept = texting.row(answer["message_id"])
    assert (kept["content"], kept["media"], kept["details"]) == (content, media, details)
    assert (kept["from_number"], kept["channel"], kept["status"]) == (sender, channel, "received")
    assert (kept["user_id"] is not None, kept["num_segments"]) == (known, 2)
    assert texting.claim()["customer_identifier"] == sender


def test_pictures_belong_to_the_thread_of_texts_and_whatsapp_has_its_own(texting):
    places = [
        texting.receive(channel=channel, sender=sender)["conversation_id"]
        for channel, sender in (("sms", PERSON), ("mms", PERSON), ("whatsapp", f"whatsapp:{PERSON}"))
    ]

    assert places[0] == places[1] != places[2]
    users = texting.rows("select distinct user_id from public.conversations")
    assert len(users) == 1, "one person behind both addresses"


def test_words_that_the_carrier_answers_itself_get_no_second_answer(texting):
    answers = {word: texting.receive(word, keyword=word)["answer"] for word in ("help", "stop")}

    assert answers == {"help": False, "stop": False}
    assert texting.claim() == {"result": "none"}


def test_help_is_answered_by_us_where_the_carrier_does_not(texting):
    assert texting.receive("HELP", keyword="help", carrier_answers=False)["answer"] is True
    assert texting.claim()["messages"][0]["keyword"] == "help"


def test_a_yes_that_lifts_nothing_is_an_ordinary_answer(texting):
    assert texting.receive("YES", keyword="start")["answer"] is True

    texting.receive("STOP", keyword="stop")

    assert texting.receive("YES", keyword="start")["answer"] is False


def test_stop_also_ends_the_wait_for_what_was_asked_before(texting):
    texting.receive("what is the weather?")

    texting.receive("STOP", keyword="stop")

    assert texting.claim() == {"result": "none"}


def test_an_old_text_is_answered_when_nothing_newer_was(texting):
    texting.receive("replayed", observed_at=ago(hours=2))

    assert texting.claim()["result"] == "claimed"


def test_a_text_whose_clock_is_ahead_of_ours_does_not_wait_for_it(texting):
    texting.receive("from the future", observed_at=ago(minutes=-10))

    assert texting.claim()["result"] == "claimed"


@pytest.mark.parametrize(("age_min", "answered"), [(5, True), (20, False)])
def test_an_old_text_that_comes_after_the_answer_to_a_newer_one_joins_in_silence(texting, age_min, answered):
    texting.receive("newer", observed_at=ago(minutes=1))
    texting.answer(texting.claim(), "done")

    late = texting.receive("older", observed_at=ago(minutes=age_min))

    assert late["answer"] is answered
    assert (texting.claim()["result"] == "claimed") is answered
    texting.receive("next")
    said = [message["content"] for message in texting.claim()["messages"]]
    assert said.index("older") < said.index("newer"), "in the order in which they were said"


def test_a_text_found_too_late_is_not_answered_and_a_person_is_told(texting):
    assert texting.receive("found", may_answer=False)["answer"] is False
    assert texting.claim() == {"result": "none"}
    escalations = texting.rows("select message, reason, notified from public.support_escalations")
    assert escalations == [("found", "too_late", True)]


@pytest.mark.parametrize("more", [{"keyword": "stop"}, {"keyword": "help"}, {"opt_out": True}])
def test_what_needed_no_answer_needs_none_later(texting, more):
    texting.receive("found", may_answer=False, **more)

    assert texting.rows("select 1 from public.support_escalations") == []


def test_with_the_bot_switched_off_a_text_calls_the_operator_and_gets_no_answer(texting):
    thread = texting.receive()["conversation_id"]
    texting.database.call("set_ai_mode", conversation_id=UUID(thread), mode="OFF")

    def quarters() -> int:
        return int(texting.rows("select floor(extract(epoch from now()) / 900)")[0][0])

    began = quarters()
    texts = [texting.receive(f"help me {n}") for n in range(5)]

    assert [(text["ai_mode"], text["answer"]) for text in texts] == [("OFF", False)] * 5
    assert texting.claim() == {"result": "none"}
    escalations = texting.rows(
        "select message, reason, notified from public.support_escalations order by message"
    )
    assert escalations == [(f"help me {n}", "ai_off", True) for n in range(5)]
    assert [(row["to_number"], row["content"], row["kind"]) for row in texting.outgoing()] == [
        (OPERATOR, NOTICE["content"], "operator_notice")
    ]
    ((notices,),) = texting.rows("select count(*) from public.sms_history where kind = 'operator_notice'")
    assert notices == 1 + quarters() - began, "one, however often somebody writes in a quarter of an hour"
    kinds = texting.rows("select type from public.events where type = 'conversation.escalated'")
    assert len(kinds) == 5


def test_a_right_code_is_taken_in_the_transaction_that_keeps_its_text(texting):
    number = someone()
    for ok, outcome in ((False, "wrong"), (True, "approved")):
        ((verification,),) = texting.rows(
            """insert into public.verifications (phone_number, purpose, channel, nonce, expires_at)
               values (%s, %s, 'sms', 'n', now() + interval '10 minutes') returning id""",
            number, f"for-{outcome}",
        )  # fmt: skip

        text = texting.receive("it is [code]", sender=number, verification_id=verification, code_ok=ok)

        assert texting.column(text["message_id"], "code_outcome") == outcome
        assert text["code_outcome"] == outcome
    assert texting.rows("select verified from public.phone_links where phone_number = %s", number) == [
        (True,)
    ]


def test_a_repeated_text_tries_its_code_once(texting):
    number, name = someone(), sid()
    ((verification,),) = texting.rows(
        """insert into public.verifications (phone_number, purpose, channel, nonce, expires_at)
           values (%s, 'onboarding', 'sms', 'n', now() + interval '10 minutes') returning id""",
        number,
    )

    for _ in itertools.repeat(None, 3):
        texting.receive(sender=number, message_sid=name, verification_id=verification, code_ok=False)

    assert texting.rows("select attempts from public.verifications where id = %s", verification) == [(1,)]
