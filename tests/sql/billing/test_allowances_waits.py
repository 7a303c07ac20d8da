"""A call that its plan does not allow waits, says why, and goes on when there is room again."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.billing.conftest import RENEWED, Planned
from tests.sql.dialling.conftest import NOON

pytestmark = pytest.mark.sql


def test_who_has_used_every_call_waits_and_is_told_when_the_next_period_begins(queue: Planned) -> None:
    queue.has(calls=1)
    first, second = queue.put(2)
    ((taken, attempt),) = queue.taken(token=(token := uuid4()))
    waits = second if taken == first else first
    held = queue.why(waits)
    queue.talked(attempt, token, 30)

    told = queue.why(waits)

    assert (held["reasons"], held["expected_at"]) == (["plan_calls"], None)
    assert told["reasons"] == ["plan_calls"]
    # The period begins at one in the morning, where the person sleeps until eight.
    assert told["expected_at"] == "2035-12-10T15:00:00+00:00"
    assert queue.claim() == []
    assert queue.claim(RENEWED - timedelta(seconds=1)) == []
    assert queue.claim(RENEWED + timedelta(hours=6)) == [waits]


def test_who_has_used_every_minute_waits(queue: Planned) -> None:
    queue.has(minutes=2)
    first, second = queue.put(2)
    ((taken, attempt),) = queue.taken(token=(token := uuid4()))
    waits = second if taken == first else first
    queue.talked(attempt, token, 61)

    assert queue.why(waits)["reasons"] == ["plan_minutes"]
    assert queue.claim() == []
    assert queue.claim(RENEWED + timedelta(hours=6)) == [waits]


@pytest.mark.parametrize(
    "change",
    [
        "update public.subscription_plans set call_limit = 2",
        "update public.subscription_plans set call_limit = null",
        "update public.user_subscriptions set plan_id = (select id from public.subscription_plans where name = 'bigger')",
        "update public.user_call_usage set calls_remaining = 1",
        "update public.user_call_usage set calls_used = 0",
        "delete from public.user_call_usage; delete from public.user_subscriptions",
    ],
)
def test_calls_go_on_as_soon_as_there_is_room(queue: Planned, owner: Any, change: str) -> None:
    queue.plan(5, name="bigger")
    queue.has(calls=1)
    queue.put(2)
    ((_, attempt),) = queue.taken(token=(token := uuid4()))
    queue.talked(attempt, token, 30)
    waited = queue.claim()

    owner.execute(change)

    assert waited == []
    assert len(queue.claim()) == 1


def test_the_next_attempt_of_an_entry_is_a_call_of_the_plan_too(queue: Planned) -> None:
    queue.has(calls=2)
    (entry,) = queue.put(max_attempts=5)
    for lasted in (None, 20):
        ((_, attempt),) = queue.taken(token=(token := uuid4()))
        queue.talked(attempt, token, lasted or 0, "completed" if lasted else "busy")
        queue.owner.execute("update public.call_queue set next_attempt_at = now(), status = 'queued'")
        queue.owner.execute("update public.dialling_lanes set due_at = now()")
    queue.owner.execute("update public.dialling_rules set person_calls_per_day = 1")

    assert queue.usage()["calls"] == 1
    assert queue.why(entry)["reasons"] == []


@pytest.mark.parametrize(
    ("columns", "reason", "expected"),
    [
        ({"status": "canceled"}, "plan_inactive", None),
        ({"status": "past_due"}, "plan_inactive", None),
        (
            {"current_period_end": NOON - timedelta(days=1), "cancel_at_period_end": True},
            "plan_inactive",
            None,
        ),
        ({"current_period_end": NOON - timedelta(days=1), "stripe_sub_id": "sub_1"}, "plan_inactive", None),
        ({"current_period_end": NOON - timedelta(days=1), "subscription_id": "x"}, "plan_inactive", None),
        ({"current_period_end": NOON - timedelta(days=1), "status": "trialing"}, "plan_inactive", None),
        ({"current_period_start": NOON + timedelta(days=1)}, "plan_inactive", "2035-12-05T18:00:00+00:00"),
        ({"current_period_end": NOON - timedelta(days=1)}, None, "2035-12-04T18:00:00+00:00"),
        ({"status": "trialing"}, None, "2035-12-04T18:00:00+00:00"),
        ({"cancel_at_period_end": True}, None, "2035-12-04T18:00:00+00:00"),
        ({"stripe_sub_id": "sub_1"}, None, "2035-12-04T18:00:00+00:00"),
    ],
)
def test_a_plan_that_does_not_run_lets_nobody_dial(
    queue: Planned, columns: dict[str, Any], reason: str | None, expected: str | None
) -> None:
    queue.subscribed(queue.plan(), **columns)
    (entry,) = queue.put()

    told = queue.why(entry)

    assert (told["reasons"], told["expected_at"]) == ([reason] if reason else [], expected)
    assert queue.claim() == ([] if reason else [entry])


def test_a_plan_that_runs_goes_before_one_that_has_ended(queue: Planned) -> None:
    queue.subscribed(queue.plan(calls=0), status="canceled")
    queue.has(calls=5)
    (entry,) = queue.put()

    assert queue.claim() == [entry]


def test_without_any_plan_nobody_dials_where_one_is_required_but_the_house(
    queue: Planned, database: Any
) -> None:
    (entry,), (ours,) = queue.put(), queue.put(user_id=UUID("00000000-0000-4000-a000-00000000cafe"))
    before = queue.why(entry)["reasons"]

    taken = queue.claim(require_plan=True)

    assert (before, taken) == ([], [ours])
    assert queue.why(entry)["reasons"] == ["no_plan"]
    queue.has(calls=5)
    assert queue.claim(require_plan=True) == [entry]


def test_where_a_plan_is_required_no_more_everybody_goes_on(queue: Planned) -> None:
    (entry,) = queue.put()
    queue.claim(require_plan=True)

    assert queue.claim(require_plan=False) == [entry]


def test_a_campaign_is_its_users_calls(queue: Planned) -> None:
    queue.has(calls=3)
    queue.put(4, campaign_id=queue.campaign())
    queue.put(4)

    assert len(queue.claim()) == 3


def test_one_users_plan_holds_back_nobody_else(queue: Planned, database: Any) -> None:
    queue.has(calls=0)
    other = UUID(database.call("ensure_user", phone="+12025550111")["user_id"])
    queue.put(5)
    theirs = queue.put(5, user_id=other)

    assert sorted(queue.claim()) == sorted(theirs)


def test_a_preview_tells_whom_the_plan_lets_be_dialled(queue: Planned, database: Any) -> None:
    subscription = queue.has(calls=2)
    campaign = queue.campaign("draft")
    queue.put(5, campaign_id=campaign)

    told = database.call("preview_campaign", id=campaign, at=NOON)
    queue.owner.execute("update public.campaigns set state = 'running'")
    dialled = queue.taken(token=(token := uuid4()))
    for _, attempt in dialled:
        queue.talked(attempt, token, 10)
    over = database.call("preview_campaign", id=campaign, at=NOON)
    queue.owner.execute(
        "update public.user_subscriptions set cancel_at_period_end = true where id = %s", [subscription]
    )
    never = database.call("preview_campaign", id=campaign, at=NOON)

    later = {"reason": "plan_calls", "at": "2035-12-10T09:00:00+00:00", "people": 3}
    assert (told["now"], told["later"]) == (2, [later])
    assert len(dialled) == told["now"]
    assert (over["now"], over["later"]) == (0, [later])
    assert never["later"] == [later | {"at": None}]
