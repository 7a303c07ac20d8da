"""Plans are made, given, changed, renewed and ended; periods go on by themselves; everybody sees their own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.sql.billing.conftest import Planned

pytestmark = pytest.mark.sql
HOUSE = "00000000-0000-4000-a000-00000000cafe"


def made(queue: Planned, **more: Any) -> dict[str, Any]:
    answer = queue.database.call("make_plan", name=f"plan {uuid4().hex}", **more)
    assert answer["result"] == "made"
    return dict(answer["plan"])


def given(queue: Planned, plan: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = queue.database.call("subscribe", plan=plan["name"], **({"user_id": queue.user} | more))
    assert answer["result"] in ("subscribed", "known"), answer
    return dict(answer["subscription"])


def changed(queue: Planned, subscription: dict[str, Any], **what: Any) -> dict[str, Any]:
    answer = queue.database.call("change_subscription", id=subscription["id"], **what)
    assert answer["result"] == "changed", answer
    return dict(answer["subscription"])


def use(queue: Planned, calls: int, minutes: int) -> None:
    queue.owner.execute(
        "update public.user_call_usage set calls_used = %s, minutes_used = %s where billing_period_end > now()", [calls, minutes]
    )  # fmt: skip


def left(subscription: dict[str, Any]) -> tuple[Any, Any]:
    usage = subscription["usage"]
    return usage["calls_remaining"], usage["minutes_remaining"]


# --- plans ---------------------------------------------------------------------------------------------


def test_a_name_is_one_plans_among_those_that_one_can_get(queue: Planned, database: Any) -> None:
    plan = made(queue)

    again = database.call("make_plan", name=plan["name"].upper())
    database.call("change_plan", plan=plan["name"], changes={"ended": True})
    anew = database.call("make_plan", name=plan["name"])

    assert (again["code"], anew["result"]) == ("name_taken", "made")
    assert database.call("show_plan", plan=plan["name"])["plan"]["id"] == anew["plan"]["id"]
    assert database.call("show_plan", plan=plan["id"])["plan"]["ended_at"] is not None
    assert database.call("change_plan", plan=plan["id"], changes={"ended": False})["code"] == "name_taken"


def test_a_plan_that_has_ended_is_kept_by_who_has_it_and_got_by_nobody(queue: Planned, database: Any) -> None:
    plan = made(queue, call_limit=5)
    subscription = given(queue, plan)
    other = database.call("ensure_user", phone="+12025550177")["user_id"]

    database.call("change_plan", plan=plan["id"], changes={"ended": True})

    assert database.call("subscribe", plan=plan["id"], user_id=other)["code"] == "plan_over"
    assert database.call("subscribe", plan="no such", user_id=other)["code"] == "unknown_plan"
    assert database.call("show_subscription", id=subscription["id"])["subscription"]["renews"]
    assert database.call("list_plans")["rows"] == []
    assert len(database.call("list_plans", ended=True)["rows"]) == 1


@pytest.mark.parametrize(
    ("was", "becomes", "remain"),
    [(10, 20, 14), (10, 8, 2), (10, 3, 0), (10, None, None), (None, 10, 4), (10, 6, 0), (10, 10, 4)],
)
def test_another_limit_holds_at_once_with_what_was_used(
    queue: Planned, database: Any, was: int | None, becomes: int | None, remain: int | None
) -> None:
    plan = made(queue, call_limit=was, minutes_limit=was)
    subscription = given(queue, plan)
    use(queue, 6, 6)

    database.call("change_plan", plan=plan["id"], changes={"call_limit": becomes, "minutes_limit": becomes})

    assert left(database.call("show_subscription", id=subscription["id"])["subscription"]) == (remain, remain)


def test_limits_that_go_down_and_up_again_give_nothing_away(queue: Planned, database: Any) -> None:
    plan = made(queue, call_limit=10)
    subscription = given(queue, plan)
    use(queue, 6, 0)

    for limit in (3, 10, 1, 10):
        database.call("change_plan", plan=plan["id"], changes={"call_limit": limit})

    assert left(database.call("show_subscription", id=subscription["id"])["subscription"])[0] == 4


# --- subscriptions -------------------------------------------------------------------------------------


def test_asking_twice_gives_one_plan_once(queue: Planned, database: Any) -> None:
    plan, other = made(queue), made(queue)

    first, second = given(queue, plan), given(queue, plan)
    another = database.call("subscribe", plan=other["id"], user_id=queue.user)

    assert first["id"] == second["id"]
    assert (another["result"], another["code"], another["subscription"]["id"]) == (
        "refused",
        "has_plan",
        first["id"],
    )


def test_a_number_that_nobody_has_gets_an_account_and_the_house_gets_no_plan(
    queue: Planned, database: Any
) -> None:
    plan = made(queue)
    number = queue.number()

    subscription = given(queue, plan, user_id=None, number=number)

    assert subscription["number"] == number
    assert database.call("subscribe", plan=plan["id"], user_id=HOUSE)["code"] == "house_account"
    assert database.call("subscribe", plan=plan["id"], user_id=str(uuid4()))["code"] == "unknown_user"
    assert database.call("subscribe", plan=plan["id"])["code"] == "unknown_user"
    assert (
        database.call("subscribe", plan=plan["id"], user_id=queue.user, timezone="EST5")["code"] == "invalid"
    )


def test_periods_go_by_the_users_own_zone(queue: Planned) -> None:
    queue.owner.execute(
        "insert into public.preferences (user_id, timezone) values (%s, 'Asia/Kolkata') "
        "on conflict (user_id) do update set timezone = excluded.timezone", [queue.user]
    )  # fmt: skip

    assert given(queue, made(queue))["timezone"] == "Asia/Kolkata"


def test_a_plan_that_began_before_is_in_the_period_of_today(queue: Planned) -> None:
    began = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=300)

    subscription = given(queue, made(queue), starts_at=began)

    begins, ends = (datetime.fromisoformat(subscription[name]) for name in ("period_start", "period_end"))
    assert begins <= datetime.now(UTC) < ends
    assert begins.day == began.day or began.day > 28


def test_another_plan_of_the_same_interval_keeps_the_period_and_what_was_used(queue: Planned) -> None:
    small, big = made(queue, call_limit=10), made(queue, call_limit=50)
    subscription = given(queue, small)
    use(queue, 7, 0)

    after = changed(queue, subscription, plan=big["name"])

    assert (after["period_start"], after["plan"]["name"]) == (subscription["period_start"], big["name"])
    assert (after["usage"]["calls_used"], left(after)[0]) == (7, 43)
    assert left(changed(queue, after, plan=small["name"]))[0] == 3


def test_a_plan_of_another_interval_begins_a_period_and_a_count(queue: Planned, owner: Any) -> None:
    monthly, yearly = made(queue, call_limit=10), made(queue, call_limit=100, billing_interval="yearly")
    subscription = given(queue, monthly, starts_at=datetime.now(UTC) - timedelta(days=3))
    use(queue, 7, 0)

    after = changed(queue, subscription, plan=yearly["id"])

    begins, ends = (datetime.fromisoformat(after[name]) for name in ("period_start", "period_end"))
    assert begins > datetime.fromisoformat(subscription["period_start"]) and (ends - begins).days in (
        365,
        366,
    )
    assert (after["usage"]["calls_used"], left(after)[0]) == (0, 100)
    assert owner.execute(
        "select calls_used from public.user_call_usage order by billing_period_start"
    ).fetchall() == [(7,), (0,)]


def test_a_renewal_begins_a_period_now(queue: Planned) -> None:
    subscription = given(queue, made(queue, call_limit=3), starts_at=datetime.now(UTC) - timedelta(days=3))
    use(queue, 3, 0)

    after = changed(queue, subscription, renew=True)

    assert (left(after)[0], after["reason"]) == (3, None)
    assert after["period_start"] > subscription["period_start"]


def test_a_plan_ends_with_its_period_or_at_once_and_can_come_back(queue: Planned, database: Any) -> None:
    subscription = given(queue, made(queue))

    later = changed(queue, subscription, cancel_at_period_end=True)
    kept = changed(queue, subscription, cancel_at_period_end=False)
    over = changed(queue, subscription, status="canceled")
    refused = database.call("change_subscription", id=subscription["id"], renew=True)
    back = changed(queue, subscription, status="active")

    assert [(one["status"], one["renews"], one["reason"]) for one in (later, kept, over, back)] == [
        ("active", False, None), ("active", True, None), ("canceled", False, "plan_inactive"), ("active", True, None),
    ]  # fmt: skip
    assert refused["code"] == "subscription_over"


def test_after_the_end_of_a_plan_another_one_is_got(queue: Planned) -> None:
    first = given(queue, made(queue))
    changed(queue, first, status="canceled")

    second = given(queue, made(queue, call_limit=4))

    assert (second["id"] != first["id"], second["reason"], left(second)[0]) == (True, None, 4)


# --- periods go on ------------------------------------------------------------------------------------


def move_back(queue: Planned, subscription: dict[str, Any], days: int) -> None:
    queue.owner.execute(
        """update public.user_subscriptions set period_anchor = period_anchor - make_interval(days => %(days)s),
                  current_period_start = current_period_start - make_interval(days => %(days)s),
                  current_period_end = current_period_end - make_interval(days => %(days)s) where id = %(id)s""",
        {"days": days, "id": subscription["id"]},
    )
    queue.owner.execute(
        """update public.user_call_usage set billing_period_start = billing_period_start - make_interval(days => %(days)s),
                  billing_period_end = billing_period_end - make_interval(days => %(days)s) where subscription_id = %(id)s""",
        {"days": days, "id": subscription["id"]},
    )


@pytest.mark.parametrize("days", [32, 95, 400])
def test_the_next_period_begins_by_itself_and_anew(queue: Planned, database: Any, days: int) -> None:
    subscription = given(queue, made(queue, call_limit=3))
    use(queue, 3, 0)
    move_back(queue, subscription, days)

    before = database.call("show_subscription", id=subscription["id"])["subscription"]
    kept = [database.call("keep_plans")["kept"] for _ in range(2)]
    after = database.call("show_subscription", id=subscription["id"])["subscription"]

    # A claim need not wait for the worker to turn the page.
    assert before["reason"] is None
    assert kept == [1, 0]
    begins, ends = (datetime.fromisoformat(after[name]) for name in ("period_start", "period_end"))
    assert begins <= datetime.now(UTC) < ends
    assert (after["usage"]["calls_used"], left(after)[0]) == (0, 3)
    assert len(database.call("list_usage", user_id=queue.user)["rows"]) == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("cancel_at_period_end = true", "canceled"),
        ("status = 'trialing'", "canceled"),
        ("stripe_sub_id = 'sub_1'", "active"),
        ("status = 'past_due'", "past_due"),
    ],
)
def test_what_is_not_renewed_ends_and_what_others_renew_waits_for_them(
    queue: Planned, database: Any, owner: Any, change: str, status: str
) -> None:
    subscription = given(queue, made(queue))
    owner.execute(f"update public.user_subscriptions set {change} where id = %s", [subscription["id"]])
    move_back(queue, subscription, 40)

    database.call("keep_plans")

    after = database.call("show_subscription", id=subscription["id"])["subscription"]
    assert (after["status"], after["reason"]) == (status, "plan_inactive")


def test_a_period_that_another_system_begins_is_taken_over(queue: Planned, owner: Any, database: Any) -> None:
    subscription = given(queue, made(queue, call_limit=3))
    owner.execute("update public.user_subscriptions set stripe_sub_id = 'sub_1'")
    use(queue, 3, 0)
    move_back(queue, subscription, 40)

    owner.execute(
        "update public.user_subscriptions set current_period_start = now() - interval '1 hour', current_period_end = now() + interval '30 days'"
    )

    assert database.call("show_subscription", id=subscription["id"])["subscription"]["reason"] is None
    (entry,) = queue.put(zones=["UTC"], hours_lifted="a test")
    assert queue.claim(datetime.now(UTC)) == [entry]
    assert queue.usage(datetime.now(UTC))["calls_left"] == 2


# --- who sees and writes what ------------------------------------------------------------------------


@contextmanager
def signed_in(owner: Any, user: UUID, role: str = "") -> Iterator[None]:
    claims = {"sub": str(user), "role": "authenticated", "app_metadata": {"role": role}}
    with owner.transaction():
        owner.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
        owner.execute("set local role authenticated")
        yield
        owner.execute("reset role")


def test_users_see_their_own_usage_and_write_none(queue: Planned, owner: Any, database: Any) -> None:
    other = UUID(database.call("ensure_user", phone="+12025550188")["user_id"])
    plan = made(queue, call_limit=3)
    for user in (queue.user, other):
        given(queue, plan, user_id=user)

    with signed_in(owner, queue.user):
        seen = owner.execute("select user_id, calls_remaining from public.user_call_usage").fetchall()
        subscriptions = owner.execute("select user_id from public.user_subscriptions").fetchall()
        written = owner.execute("update public.user_call_usage set calls_remaining = 99").rowcount

    assert (seen, subscriptions, written) == ([(queue.user, 3)], [(queue.user,)], 0)


def test_what_an_administrator_writes_into_the_tables_holds(queue: Planned, owner: Any) -> None:
    admin = queue.user
    with signed_in(owner, admin, "admin"):
        (plan,) = owner.execute(
            "insert into public.subscription_plans (name, price, interval, call_limit, minutes_limit) "
            "values ('by hand', 5, 'monthly', 2, 90) returning id"
        ).fetchone()
        owner.execute(
            "insert into public.user_subscriptions (user_id, plan_id, status, current_period_start, current_period_end) "
            "values (%s, %s, 'active', now(), now() + interval '1 month')", [queue.user, plan]
        )  # fmt: skip
    queue.put(5, zones=["UTC"], hours_lifted="a test")
    taken = queue.claim(datetime.now(UTC) + timedelta(seconds=1))
    with signed_in(owner, admin, "admin"):
        owner.execute("update public.user_call_usage set calls_remaining = 1")
        owner.execute("update public.subscription_plans set minutes_limit = 120")
    more = queue.claim(datetime.now(UTC) + timedelta(seconds=2))
    with signed_in(owner, admin, "admin"):
        owner.execute("update public.user_subscriptions set status = 'canceled'")

    assert (len(taken), len(more)) == (2, 1)
    assert queue.usage(datetime.now(UTC))["minutes_held"] == 90
    assert queue.claim(datetime.now(UTC) + timedelta(seconds=3)) == []


@pytest.mark.parametrize("zone", ["Mars/Olympus", "EST5", "", "x" * 200])
def test_a_zone_that_is_none_is_refused_where_it_is_written(queue: Planned, zone: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        queue.subscribed(queue.plan(), timezone=zone)


def test_a_period_that_is_moved_by_hand_moves_those_that_follow(queue: Planned, owner: Any) -> None:
    subscription = queue.subscribed(queue.plan())
    begins = datetime(2035, 11, 17, 12, 0, tzinfo=UTC)

    owner.execute(
        "update public.user_subscriptions set current_period_start = %s, current_period_end = %s where id = %s",
        [begins, begins + timedelta(days=30), subscription],
    )

    assert owner.execute("select period_anchor from public.user_subscriptions").fetchone() == (begins,)


def test_keys_of_somebody_see_their_own_and_change_nothing(queue: Planned, database: Any) -> None:
    plan = made(queue, call_limit=1)
    subscription = given(queue, plan)
    other = database.call("ensure_user", phone="+12025550188")["user_id"]
    mine, theirs = ({"user_id": str(user), "role": "operator"} for user in (queue.user, other))

    assert [row["id"] for row in database.call("list_subscriptions", actor=mine)["rows"]] == [
        subscription["id"]
    ]
    assert len(database.call("list_usage", actor=mine)["rows"]) == 1
    assert (
        database.call("list_subscriptions", actor=theirs)["rows"]
        == database.call("list_usage", actor=theirs)["rows"]
        == []
    )
    assert (
        database.call("change_subscription", id=subscription["id"], renew=True, actor=mine)["code"]
        == "not_allowed"
    )
    assert (
        database.call("change_subscription", id=subscription["id"], actor=theirs)["code"]
        == "unknown_subscription"
    )
    assert database.call("subscribe", plan=plan["id"], user_id=other, actor=theirs)["code"] == "not_allowed"
    assert (
        database.call("change_plan", plan=plan["id"], changes={"call_limit": 9}, actor=mine)["code"]
        == "not_allowed"
    )
