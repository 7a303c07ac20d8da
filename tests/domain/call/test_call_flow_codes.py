"""A code given in a call makes its caller verified, and only a right one."""

from dataclasses import replace

import pytest

from voicebot.domain.call.actions import Listen, ListenMode, PlayClip, SaveUtterance, StartModel
from voicebot.domain.call.events import (
    CallerSaid,
    CallStarted,
    CodeChecked,
    KeyPressed,
    event_from_json,
    event_to_json,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import Assurance, CallState
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.domain.verification.find import UNREAD


def expecting() -> CallState:
    state, _ = step(new_call(CallSetup(greeting="Hello.")), CallStarted())
    return replace(state, expecting_code=True)


def test_the_right_code_verifies_the_caller_for_this_call() -> None:
    state, actions = step(expecting(), CodeChecked(CodeOutcome.APPROVED))

    assert state.assurance is Assurance.VERIFIED
    assert any(
        action == PlayClip(Phrase.CODE_RIGHT, action.seq)
        for action in actions
        if isinstance(action, PlayClip)
    )
    assert not state.expecting_code


@pytest.mark.parametrize("outcome", [CodeOutcome.WRONG, CodeOutcome.LIMITED, CodeOutcome.ELSEWHERE])
def test_any_other_code_verifies_nobody(outcome: CodeOutcome) -> None:
    state, _ = step(expecting(), CodeChecked(outcome))

    assert state.assurance is Assurance.NONE


def test_after_a_wrong_code_six_keys_are_taken_again() -> None:
    _, actions = step(expecting(), CodeChecked(CodeOutcome.WRONG))

    assert actions[-1] == Listen(ListenMode.CODE, timeout_s=6, pause_s=3)


def test_after_too_many_codes_the_talk_goes_on_without() -> None:
    _, actions = step(expecting(), CodeChecked(CodeOutcome.LIMITED))

    assert actions[-1] == Listen(ListenMode.SPEECH_AND_KEYS, timeout_s=6)


def test_a_code_that_belongs_elsewhere_is_said_to_and_taken_whole_the_next_time_too() -> None:
    _, actions = step(expecting(), CodeChecked(CodeOutcome.ELSEWHERE))

    assert [action.name for action in actions if isinstance(action, PlayClip)] == [Phrase.CODE_ELSEWHERE]
    assert actions[-1] == Listen(ListenMode.CODE, timeout_s=6, pause_s=3)


def test_the_code_itself_is_nowhere_in_the_call() -> None:
    state, actions = step(expecting(), CodeChecked(CodeOutcome.APPROVED, "it is [code]"))

    said = [action.text for action in actions if isinstance(action, SaveUtterance)]
    assert said[0] == "it is [code]"
    assert "[code]" in str(state.to_json())


def test_zero_still_asks_for_a_person_while_a_code_is_expected() -> None:
    state, _ = step(expecting(), KeyPressed("0"))

    assert state.taking_message


def test_a_checked_code_survives_the_log() -> None:
    event = CodeChecked(CodeOutcome.WRONG, "[code] please")

    assert event_from_json(event_to_json(event)) == event


def test_a_code_that_was_not_understood_is_asked_for_digit_by_digit() -> None:
    state, actions = step(expecting(), CallerSaid(UNREAD, 0.9))

    assert [action.name for action in actions if isinstance(action, PlayClip)] == [Phrase.CODE_UNREAD]
    assert next(action.text for action in actions if isinstance(action, SaveUtterance)) == UNREAD
    assert actions[-1] == Listen(ListenMode.CODE, timeout_s=6, pause_s=3)
    assert not any(isinstance(action, StartModel) for action in actions)
    assert state.assurance is Assurance.NONE


def test_the_six_digits_may_be_keyed_in_after_a_code_that_was_not_understood() -> None:
    state, _ = step(new_call(CallSetup(greeting="Hello.")), CallStarted())

    _, actions = step(state, CallerSaid(UNREAD))

    assert actions[-1] == Listen(ListenMode.CODE, timeout_s=6, pause_s=3)
