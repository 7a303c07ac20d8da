"""A call that breaks off among our questions: they go on by text or in the next call, and for nobody who said stop."""

from collections.abc import Callable

import pytest

from tests.services.calls.guided_caller import Caller, call_id, guiding, jobs_of, no_texts, profile, spoken
from tests.services.texts.text_house import OURS, Connection, answer_all, outgoing, somebody, texts, thread
from voicebot.runtime import Runtime
from voicebot.services.onboarding.go_on import continue_onboarding
from voicebot.storage import blocks, suppressions

pytestmark = pytest.mark.sql
__all__ = ["guiding", "no_texts"]


def dropped_after_the_name(runtime: Runtime, number: str) -> Caller:
    caller = Caller(runtime, number)
    caller.says("Ann Smith")
    caller.hangs_up()
    return caller


def test_a_dropped_call_goes_on_by_text_with_the_very_next_question_once(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    caller.hangs_up()

    assert jobs_of(owner, caller) == 1
    results = [continue_onboarding(guiding, call_id(owner, caller)) for _ in range(3)]

    assert results == ["started", "repeated", "repeated"]
    [row] = outgoing(owner, number)
    assert row["content"].endswith("Which city or region do you live in?")
    assert (row["kind"], row["from_number"]) == ("onboarding", OURS)
    assert profile(owner, number)["onboarding_status"] == "sms_sent"


def test_the_text_after_a_call_comes_from_the_number_that_was_called(
    make_runtime: Callable[..., Runtime], runtime: Runtime, owner: Connection
):
    changes = {"onboarding": "all", "twilio_phone_number": "+12025550142"}
    several = make_runtime(settings=runtime.settings.model_copy(update=changes))
    number = somebody()
    caller = dropped_after_the_name(several, number)

    assert continue_onboarding(several, call_id(owner, caller)) == "started"

    assert [row["from_number"] for row in outgoing(owner, number)] == [OURS]


@pytest.mark.parametrize("reason", ["bot_ended", "caller_ended", "transferred", "operator_ended"])
def test_a_call_that_was_taken_to_its_end_is_not_called_cut_off(
    guiding: Runtime, owner: Connection, reason: str
):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    owner.execute(
        "update public.call_history set end_reason = %s where id = %s", [reason, call_id(owner, caller)]
    )

    assert continue_onboarding(guiding, call_id(owner, caller)) is None
    assert outgoing(owner, number) == []


def test_the_answer_by_text_is_taken_where_the_call_stopped(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    continue_onboarding(guiding, call_id(owner, caller))

    texts(guiding, number, "Boston")
    answer_all(guiding)

    assert profile(owner, number)["location"] == "Boston"
    assert thread(owner, number)["state"]["onboarding"]["question"] in ("voice", "consent")


def test_calling_back_resumes_at_the_open_question(guiding: Runtime, owner: Connection):
    number = somebody()
    first = dropped_after_the_name(guiding, number)

    again = Caller(guiding, number)

    assert spoken(owner, again)[-1] == "Which city or region do you live in?"
    # On the phone again: the next question is asked there, and not by text.
    assert continue_onboarding(guiding, call_id(owner, first)) is None
    assert outgoing(owner, number) == []


def test_what_was_answered_by_text_is_not_asked_in_the_next_call(guiding: Runtime, owner: Connection):
    number = somebody()
    texts(guiding, number, "Hello")
    answer_all(guiding)
    texts(guiding, number, "Ann Smith")
    answer_all(guiding)

    caller = Caller(guiding, number)

    assert spoken(owner, caller)[-1] == "Which city or region do you live in?"


def test_who_said_stop_gets_no_text_after_the_call(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    texts(guiding, number, "STOP")

    assert continue_onboarding(guiding, call_id(owner, caller)) in ("suppressed", "busy")
    assert suppressions.is_suppressed(guiding.database, number)
    assert outgoing(owner, number) == []


def test_who_was_blocked_meanwhile_gets_no_text_after_the_call(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    caller.hangs_up()
    blocks.block_caller(guiding.database, number)

    assert continue_onboarding(guiding, call_id(owner, caller)) is None
    assert outgoing(owner, number) == []


@pytest.mark.parametrize("words", ["maybe later", "I don't want to answer any of this"])
def test_who_put_it_off_gets_no_text_after_the_call(guiding: Runtime, owner: Connection, words: str):
    caller = Caller(guiding, somebody())
    caller.says(words)
    caller.hangs_up()

    assert jobs_of(owner, caller) == 0
    assert continue_onboarding(guiding, call_id(owner, caller)) is None


def test_who_wants_no_questions_is_asked_none_in_the_next_call(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = Caller(guiding, number)
    caller.says("I don't want to answer any of this")

    again = Caller(guiding, number)

    assert spoken(owner, again) == ["Hello. How can I help you?"]


def test_who_said_stop_before_anything_was_asked_is_asked_nothing_in_a_call(
    guiding: Runtime, owner: Connection
):
    number = somebody()
    texts(guiding, number, "STOP")

    caller = Caller(guiding, number)

    assert spoken(owner, caller) == ["Hello. How can I help you?"]


def test_a_call_that_asks_nothing_leads_to_no_text(runtime: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(runtime, number)

    assert spoken(owner, caller)[0] == "Hello. How can I help you?"
    assert jobs_of(owner, caller) == 0


def test_a_turn_that_is_kept_after_the_end_of_the_call_still_leads_to_the_text(
    guiding: Runtime, owner: Connection
):
    number = somebody()
    caller = Caller(guiding, number)
    caller.says("maybe later")
    caller.hangs_up()
    assert jobs_of(owner, caller) == 0
    # Said before the end, and answered only now.
    caller.says("continue")

    assert jobs_of(owner, caller) == 1
    assert continue_onboarding(guiding, call_id(owner, caller)) == "started"
