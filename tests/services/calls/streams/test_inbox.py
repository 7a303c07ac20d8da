"""The inbox of a call on a socket: events in order, and one alarm of the line."""

from datetime import UTC, datetime, timedelta

from voicebot.domain.call.events import SilencePassed
from voicebot.runtime import steady
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


def test_a_machine_whose_time_is_set_moves_no_timer_of_a_call() -> None:
    began, passed = datetime(2026, 11, 28, tzinfo=UTC), [7.0]
    inbox = StreamInbox(steady(began, lambda: passed[0]))
    fired = began + timedelta(seconds=4)

    inbox.wake(fired, lambda: inbox.post(SilencePassed()))
    passed[0] += 4

    assert inbox.take(fired) == SilencePassed()
    assert inbox.now() == fired


def test_a_call_has_a_clock_that_goes_by_seconds_unless_another_took_the_place_of_the_machines(
    runtime,
) -> None:
    passed = [7.0]
    clock = runtime.call_clock(lambda: passed[0])
    began = clock()
    assert abs(began - runtime.now()) < timedelta(seconds=5)
    passed[0] += 3600
    assert clock() - began == timedelta(hours=1)

    runtime.now = lambda: datetime(2030, 1, 1, tzinfo=UTC)

    assert clock() == datetime(2030, 1, 1, tzinfo=UTC)
