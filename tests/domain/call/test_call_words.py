"""What came of a call is told in words that are true of it."""

import pytest

from voicebot.domain.call.state import CallOutcome, EndReason
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.call.words import ENDS, FAILURES, OUTCOMES, REFUSED, UNDER_WAY, came_of_it


def words(
    status: str | None = "completed",
    reason: str | None = None,
    outcome: str | None = None,
    goal: str | None = None,
) -> str:
    return came_of_it({"call_status": status, "end_reason": reason, "outcome": outcome, "goal": goal})


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"outcome": "answered", "reason": "caller_hung_up"}, "answered"),
        ({"outcome": "message_taken", "reason": "model_failed"}, "message taken"),
        ({"outcome": "answered", "reason": "service_failed"}, "failed"),
        ({"outcome": "transferred", "reason": "transferred"}, "transferred"),
        ({"outcome": "transfer_no_answer", "reason": "bot_ended"}, "transfer missed"),
        ({"outcome": "abandoned", "reason": "silence"}, "said nothing"),
        ({"outcome": "abandoned", "reason": "caller_hung_up"}, "hung up"),
        ({"outcome": "unclear", "reason": "bot_ended", "goal": "reached"}, "goal reached"),
        ({"outcome": "unclear", "reason": "bot_ended", "goal": "not_reached"}, "goal not reached"),
        ({"outcome": "unclear", "reason": "bot_ended", "goal": "unknown"}, "unclear"),
        ({"outcome": "abandoned", "reason": "caller_hung_up", "goal": "reached"}, "goal reached"),
        ({"outcome": "abandoned", "reason": "caller_hung_up", "goal": "not_reached"}, "hung up"),
        ({"outcome": "message_taken", "reason": "bot_ended", "goal": "reached"}, "message taken"),
        ({"reason": "caller_hung_up"}, "hung up"),
        ({"status": "no-answer", "reason": "no_answer", "outcome": "not_reached"}, "not answered"),
        ({"reason": "blocked", "outcome": "not_reached"}, "blocked"),
        ({"status": "in-progress"}, "going on"),
        ({"status": None}, ""),
        ({"outcome": "something_of_tomorrow"}, "something of tomorrow"),
    ],
)
def test_a_call_is_told_in_peoples_words(call: dict[str, str | None], told: str) -> None:
    assert words(**call) == told


def test_there_are_words_for_all_that_a_call_can_come_to() -> None:
    assert set(UNDER_WAY) == set(CallStatus)
    assert {*ENDS, *FAILURES, *REFUSED} == {*EndReason, "busy", "no_answer", "failed", "canceled"} | {
        "superseded"
    }
    assert set(CallOutcome) <= set(OUTCOMES)
