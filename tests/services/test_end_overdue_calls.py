"""Calls whose end nobody told are brought to the state that the carrier knows; the ones that run on are ended."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tests.services.aftermath import Connection, add_call, call_row
from tests.support.carriers import CallCarrier
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.calls.end_overdue import MAX_FAILURES, end_overdue_calls

pytestmark = pytest.mark.sql


@pytest.fixture(autouse=True)
def no_calls(owner: Connection) -> Iterator[None]:
    owner.execute("delete from public.call_history")
    yield


@pytest.fixture
def carrier() -> CallCarrier:
    return CallCarrier()


@pytest.fixture
def watching(make_runtime: Callable[..., Runtime], carrier: CallCarrier) -> Runtime:
    return make_runtime(telephony=carrier)


def add_old_call(owner: Connection, seconds: float, **columns: object) -> str:
    """A call that began so long ago, and of which nothing was heard since."""
    _, sid = add_call(owner, **columns)
    # The trigger would say that the row has just changed.
    owner.execute("alter table public.call_history disable trigger touch_updated_at")
    owner.execute(
        """update public.call_history
              set started_at = now() - make_interval(secs => %(s)s), updated_at = now() - make_interval(secs => %(s)s)
            where call_sid = %(sid)s""",
        {"s": seconds, "sid": sid},
    )
    owner.execute("alter table public.call_history enable trigger touch_updated_at")
    return sid


def test_a_call_past_its_longest_time_is_ended_at_the_carrier(
    watching: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    sid = add_old_call(owner, watching.settings.max_call_seconds + 130)
    carrier.knows(sid, "in-progress")

    ended = end_overdue_calls(watching)

    assert ended == 1
    assert ("end", sid) in carrier.asked
    row = call_row(owner, sid)
    assert (row["call_status"], row["end_reason"], row["duration"]) == ("completed", "max_duration", 1920)


def test_a_call_within_its_grace_is_left_alone(
    watching: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    sid = add_old_call(owner, watching.settings.max_call_seconds + 60)
    owner.execute("update public.call_history set call_data = '{}' where call_sid = %s", [sid])

    assert end_overdue_calls(watching) == 0
    assert carrier.asked == []


def test_a_lost_terminal_status_is_fetched(
    watching: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    sid = add_old_call(owner, 600)
    carrier.knows(sid, "completed", duration_s=41, ended_at=datetime(2026, 8, 30, 8, 28, tzinfo=UTC))

    ended = end_overdue_calls(watching)

    row = call_row(owner, sid)
    assert ended == 1
    assert (row["call_status"], row["end_reason"], row["duration"]) == ("completed", "caller_hung_up", 41)
    assert row["ended_at"].startswith("2026-08-30T08:28")


def test_a_quiet_call_that_goes_on_is_not_ended(
    watching: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    sid = add_old_call(owner, 600)
    carrier.knows(sid, "in-progress")

    assert end_overdue_calls(watching) == 0
    assert carrier.asked == [("fetch", sid)]
    assert call_row(owner, sid)["ended_at"] is None


def test_a_short_limit_of_the_template_counts(
    watching: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    sid = add_old_call(owner, 200)
    owner.execute(
        """insert into public.call_states (call_id, plan)
           select id, '{"template": {"limits": {"max_duration_s": 60}}}' from public.call_history where call_sid = %s""",
        [sid],
    )
    carrier.knows(sid, "in-progress")

    assert end_overdue_calls(watching) == 1
    assert call_row(owner, sid)["end_reason"] == "max_duration"


@pytest.mark.parametrize(("answered_at", "status"), [("now", "completed"), (None, "failed")])
def test_a_call_that_the_carrier_does_not_know_is_over(
    watching: Runtime, owner: Connection, answered_at: str | None, status: str
) -> None:
    sid = add_old_call(owner, 600, answered_at=answered_at)

    assert end_overdue_calls(watching) == 1
    assert call_row(owner, sid)["call_status"] == status


def test_one_call_that_fails_does_not_keep_the_others(
    watching: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    bad, good = add_old_call(owner, 900), add_old_call(owner, 600)
    carrier.knows(good, "completed")
    carrier.broken = {bad}

    assert end_overdue_calls(watching) == 1
    assert call_row(owner, bad)["ended_at"] is None
    assert call_row(owner, good)["call_status"] == "completed"


def test_a_carrier_that_is_away_is_left_alone_after_three_failures(
    watching: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    for _ in range(MAX_FAILURES + 3):
        add_old_call(owner, 600)
    carrier.failing = ProviderError("twilio", "unreachable", Outcome.NOT_SENT)

    assert end_overdue_calls(watching) == 0
    assert len(carrier.asked) == MAX_FAILURES
