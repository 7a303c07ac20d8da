"""With which statuses a call is over."""

from voicebot.domain.call.statuses import CallStatus, is_terminal


def test_only_the_five_ends_are_terminal():
    assert {status for status in CallStatus if is_terminal(status)} == {
        "completed", "busy", "no-answer", "failed", "canceled",
    }  # fmt: skip
    assert not is_terminal(None)
    assert not is_terminal("levitating")
