"""The inbox of a call on a socket: events in order, and one alarm of the line."""

from datetime import UTC, datetime

from voicebot.domain.call.events import SilencePassed
from voicebot.services.calls.streams.inbox import StreamInbox


def test_an_alarm_goes_off_in_the_owners_thread_once() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    inbox = StreamInbox(lambda: now)
    inbox.wake(now, lambda: inbox.post(SilencePassed()))

    assert inbox.take(now) == SilencePassed()
    assert inbox.take(now) is None


def test_what_was_posted_is_settled_once_whoever_took_it_asks_for_more() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    inbox = StreamInbox(lambda: now)
    assert inbox.is_settled

    inbox.post(SilencePassed())
    assert not inbox.is_settled
    inbox.take(now)
    assert not inbox.is_settled, "it is being handled"
    inbox.take(now)
    assert inbox.is_settled
