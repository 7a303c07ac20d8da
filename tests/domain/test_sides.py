"""Which number of a call is ours, and which call has ended."""

import pytest

from voicebot.domain.call.sides import direction_of, our_number, their_number
from voicebot.domain.call.statuses import CallStatus, is_terminal

PERSON, OURS = "+12025550123", "+12025550100"


@pytest.mark.parametrize("told", ["outbound", "outbound-api", "outbound-dial", "trunking-terminating"])
def test_a_call_that_nobody_placed_to_us_is_ours(told):
    assert direction_of(told) == "outbound"
    assert (our_number(told, OURS, PERSON), their_number(told, OURS, PERSON)) == (OURS, PERSON)


def test_who_calls_us_is_the_person():
    assert direction_of("inbound") == "inbound"
    assert (our_number("inbound", PERSON, OURS), their_number("inbound", PERSON, OURS)) == (OURS, PERSON)


def test_only_the_five_ends_are_terminal():
    assert {status for status in CallStatus if is_terminal(status)} == {
        "completed", "busy", "no-answer", "failed", "canceled",
    }  # fmt: skip
    assert not is_terminal(None)
