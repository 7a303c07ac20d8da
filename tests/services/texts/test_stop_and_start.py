"""STOP, START and HELP: who says them is heard at once, and told once by whoever has to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.services.texts.text_house import OURS, Connection, outgoing, somebody, texts, thread
from tests.support.carriers import TextCarrier
from voicebot.domain.onboarding.phrases import WELCOME_BACK
from voicebot.domain.texts.our_name import signed
from voicebot.domain.thread.phrases import HELP_WHEN_STOPPED, OPT_IN_CONFIRMED, OPT_OUT_CONFIRMED
from voicebot.runtime import Runtime
from voicebot.services.texts.answer import answer_next_thread
from voicebot.services.texts.send import send_due_texts
from voicebot.storage import suppressions

pytestmark = pytest.mark.sql


def test_stop_suppresses_and_is_not_confirmed_by_us(runtime: Runtime, owner: Connection):
    number = somebody()

    texts(runtime, number, " stop ")

    assert suppressions.is_suppressed(runtime.database, number, scope="calls")
    assert outgoing(owner, number) == []
    assert thread(owner, number)["waiting_since"] is None


def test_start_lifts_what_stop_set(runtime: Runtime):
    number = somebody()
    texts(runtime, number, "STOP")

    texts(runtime, number, "Start")

    assert not suppressions.is_suppressed(runtime.database, number)


def test_an_older_start_does_not_lift_a_newer_stop(runtime: Runtime):
    number, now = somebody(), datetime.now(UTC)
    texts(runtime, number, "STOP", observed_at=now)

    texts(runtime, number, "START", observed_at=now - timedelta(minutes=1))

    assert suppressions.is_suppressed(runtime.database, number)


def test_a_request_in_free_words_is_confirmed_once(runtime: Runtime, owner: Connection):
    number = somebody()

    for words in ("please stop texting me", "I said stop texting me!"):
        texts(runtime, number, words)

    assert suppressions.is_suppressed(runtime.database, number)
    assert [row["kind"] for row in outgoing(owner, number)] == ["confirmation"]


def test_on_whatsapp_where_twilio_says_nothing_we_confirm_ourselves(runtime: Runtime, owner: Connection):
    number = somebody()

    texts(runtime, f"whatsapp:{number}", "STOP", channel="whatsapp")

    assert [row["kind"] for row in outgoing(owner, number)] == ["confirmation"]


def on_whatsapp(runtime: Runtime, number: str, *bodies: str, **more: Any) -> None:
    for body in bodies:
        texts(runtime, f"whatsapp:{number}", body, to_number=f"whatsapp:{OURS}", channel="whatsapp", **more)


def test_on_whatsapp_whoever_is_back_is_told_so_once(runtime: Runtime, owner: Connection):
    number = somebody()
    on_whatsapp(runtime, number, "STOP", "START", "START")

    told = [row["content"] for row in outgoing(owner, number)]

    assert told == [
        signed(words, runtime.settings.service_name) for words in (OPT_OUT_CONFIRMED, OPT_IN_CONFIRMED)
    ]


def test_it_is_sent_and_says_whose_texts_come_again(make_runtime: Callable[..., Runtime], owner: Connection):
    carrier = TextCarrier()
    runtime, number = make_runtime(messaging=carrier), somebody()
    on_whatsapp(runtime, number, "STOP", "unstop")

    while send_due_texts(runtime):
        pass

    told = [text.body for text in carrier.taken if text.to == f"whatsapp:{number}"]
    assert runtime.settings.service_name in told[-1]
    assert "again" in told[-1]


def test_by_sms_twilio_confirms_a_start_and_we_do_not(runtime: Runtime, owner: Connection):
    number = somebody()
    texts(runtime, number, "STOP")

    texts(runtime, number, "START")

    assert outgoing(owner, number) == []


def test_a_start_that_the_console_of_twilio_answers_on_whatsapp_is_not_confirmed_twice(
    runtime: Runtime, owner: Connection
):
    number = somebody()
    on_whatsapp(runtime, number, "STOP", details={"OptOutType": "STOP"})
    on_whatsapp(runtime, number, "START", details={"OptOutType": "START"})

    assert not suppressions.is_suppressed(runtime.database, number)
    assert outgoing(owner, number) == []


def test_nobody_is_told_to_be_back_whom_an_operator_has_stopped(runtime: Runtime, owner: Connection):
    number = somebody()
    on_whatsapp(runtime, number, "STOP")
    runtime.database.call("suppress", number=number, scope="all", reason="operator")

    on_whatsapp(runtime, number, "START")

    assert len(outgoing(owner, number)) == 1
    assert suppressions.is_suppressed(runtime.database, number)


def test_help_after_a_stop_is_answered_once_on_whatsapp(
    make_runtime: Callable[..., Runtime], owner: Connection
):
    carrier = TextCarrier()
    runtime, number = make_runtime(messaging=carrier), somebody()

    def told() -> list[str]:
        return [text.body for text in carrier.taken if text.to == f"whatsapp:{number}"]

    on_whatsapp(runtime, number, "STOP", "HELP", "HELP")
    while answer_next_thread(runtime) or send_due_texts(runtime):
        pass

    name = runtime.settings.service_name
    stopped, helped = signed(OPT_OUT_CONFIRMED, name), signed(HELP_WHEN_STOPPED, name)
    assert told() == [stopped, helped]
    assert suppressions.is_suppressed(runtime.database, number)

    # Another silence is another one to be told of.
    on_whatsapp(runtime, number, "START", "STOP", "HELP")
    while answer_next_thread(runtime) or send_due_texts(runtime):
        pass
    assert told()[-1] == helped
    assert told().count(helped) == 2


def test_help_by_sms_is_not_answered_where_the_carrier_blocks_us_since_their_stop(
    make_runtime: Callable[..., Runtime], owner: Connection
):
    carrier = TextCarrier()
    runtime, number = make_runtime(messaging=carrier), somebody()
    runtime.settings = runtime.settings.model_copy(update={"help_answered_by": "us"})
    texts(runtime, number, "STOP")
    texts(runtime, number, "HELP")
    while answer_next_thread(runtime) or send_due_texts(runtime):
        pass

    assert [text for text in carrier.taken if text.to == number] == []


def test_who_is_back_on_whatsapp_is_also_told_how_to_go_on(runtime: Runtime, owner: Connection):
    number = somebody()
    on_whatsapp(runtime, number, "Hello")
    while answer_next_thread(runtime):
        pass
    on_whatsapp(runtime, number, "STOP", "START")

    while answer_next_thread(runtime):
        pass

    name = runtime.settings.service_name
    assert [row["content"] for row in outgoing(owner, number)][-2:] == [
        signed(OPT_IN_CONFIRMED, name),
        signed(WELCOME_BACK, name),
    ]


def test_words_that_the_console_of_twilio_defines_count(runtime: Runtime):
    number = somebody()

    texts(runtime, number, "ARRET", details={"OptOutType": "STOP"})

    assert suppressions.is_suppressed(runtime.database, number)


def test_who_asks_for_texts_again_in_free_words_is_told_once_that_start_lifts_a_stop(
    make_runtime: Callable[..., Runtime], owner: Connection
):
    carrier = TextCarrier()
    runtime, number, stranger = make_runtime(messaging=carrier), somebody(), somebody()

    for body in (
        "please stop texting me",
        "don't text me again",
        "ok you can text me again",
        "please text me again",
    ):
        texts(runtime, number, body)
    texts(runtime, stranger, "you can text me again")
    while send_due_texts(runtime):
        pass

    name = runtime.settings.service_name
    told = [text.body for text in carrier.taken if text.to == number]
    assert told == [signed(OPT_OUT_CONFIRMED, name), signed(HELP_WHEN_STOPPED, name)]
    assert suppressions.is_suppressed(runtime.database, number)
    assert not any(text.to == stranger for text in carrier.taken)

    texts(runtime, number, "START")
    assert not suppressions.is_suppressed(runtime.database, number)


def test_who_asks_again_is_told_nothing_where_the_carrier_blocks_us(runtime: Runtime, owner: Connection):
    number = somebody()

    texts(runtime, number, "STOP")
    texts(runtime, number, "you can text me again")

    assert outgoing(owner, number) == []
    assert suppressions.is_suppressed(runtime.database, number)


@pytest.mark.parametrize("silenced", ["STOP", "a person answers", "a quote", "blocked"])
def test_whoever_is_in_danger_where_no_bot_answers_is_for_a_person_at_once(
    runtime: Runtime, owner: Connection, silenced: str
):
    number, words = somebody(), "please call an ambulance"
    texts(runtime, number, "STOP" if silenced == "STOP" else "Are you open?")
    if silenced in ("a person answers", "a quote"):
        owner.execute("update public.conversations set ai_mode = 'OFF', taken_at = now()")
    if silenced == "blocked":
        runtime.database.call("block_caller", number=number, reason="x", answer="phrase")

    texts(
        runtime, number, f"> {words} now or else\nOk, I have read that." if silenced == "a quote" else words
    )

    while answer_next_thread(runtime):
        pass
    told = owner.execute(
        """select e.reason, e.message from public.support_escalations e join public.conversations c on c.id = e.conversation_id
            where c.customer_identifier = %s""",
        [number],
    ).fetchall()
    assert told == ([("emergency", words)] if silenced in ("STOP", "a person answers") else [])
