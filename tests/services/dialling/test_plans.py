"""A user dials what the plan allows, through the whole machine; REQUIRE_PLAN and CALLS_PER_SECOND do what they say."""

import time
import uuid
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.support.waiting import wait_for
from voicebot.demo.place import LOOSE_CAPS
from voicebot.domain.access.actor import Actor
from voicebot.domain.call.reports import CallReport
from voicebot.providers.ports import NewCall
from voicebot.services.calls import report_status
from voicebot.services.dialling import ask, plans
from voicebot.services.dialling.ask import CallRefused, ask_for_call
from voicebot.services.dialling.check import check_entries
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.settle import record_dial_status
from voicebot.settings import load_settings
from voicebot.storage import plans as rows
from voicebot.storage import queue
from voicebot.storage.plans import NewPlan, Whose
from voicebot.storage.queue import NewEntry

pytestmark = pytest.mark.sql
NUMBERS = (f"+1303555{n:04d}" for n in range(10_000))


@dataclass
class Dialler:
    """Takes every call."""

    calls: list[NewCall] = field(default_factory=list)

    def create_call(self, call: NewCall) -> str:
        self.calls.append(call)
        return f"CA{uuid.uuid4().hex}"


@pytest.fixture
def carrier() -> Dialler:
    return Dialler()


@pytest.fixture
def house(make_runtime: Any, carrier: Dialler, owner: Any, tmp_path: Path) -> Any:
    """Make the service with some settings, where nothing waits yet."""
    for table in (
        "call_attempts", "call_queue", "dialling_lanes", "dialling_accounts", "user_call_usage", "user_subscriptions",
        "subscription_plans",
    ):  # fmt: skip
        owner.execute(f"delete from public.{table}")
    owner.execute("update public.call_service_providers set concurrency_limit = 100")

    def house(**settings: str) -> Any:
        given = {"VOICEBOT_DATA_DIR": str(tmp_path), "CALLS_PER_SECOND": "100", **LOOSE_CAPS, **settings}
        return make_runtime(telephony=carrier, settings=load_settings(given))

    yield house
    owner.execute("update public.dialling_rules set require_plan = false, longest_call_s = 1800")


@pytest.fixture
def user(owner: Any, runtime: Any) -> UUID:
    return UUID(runtime.database.call("ensure_user", phone="+12025550143")["user_id"])


def asked(bot: Any, user: UUID | None = None) -> UUID:
    entry = NewEntry(next(NUMBERS), purpose="asked_for", hours_lifted="a test runs at any hour")
    row, _ = ask_for_call(bot, entry, actor=Actor(user))
    return UUID(row["id"])


def reasons(bot: Any, entry: UUID) -> list[str]:
    return list(queue.show_entry(bot.database, entry, ask.dial_limits(bot))["reasons"])


def dial(bot: Any) -> None:
    for _ in range(3):
        place_dials(bot)
        # The rate gives out its next place a hundredth of a second later.
        time.sleep(0.02)


def hang_up(bot: Any, owner: Any, lasted: int) -> None:
    """Every call that is under way ends after so many seconds."""
    for attempt, sid in owner.execute(
        "select id, call_sid from public.call_attempts where state = 'sent'"
    ).fetchall():
        report_status.record_status(
            bot, CallReport(sid, "completed", duration_s=lasted, event_id=uuid.uuid4().hex)
        )
        record_dial_status(bot, str(attempt), sid, "completed")


def test_a_user_dials_until_the_plan_is_used_up_and_goes_on_when_it_is_changed(
    house: Any, carrier: Dialler, owner: Any, user: UUID
) -> None:
    bot = house()
    rows.make_plan(bot.database, NewPlan("small", minutes_limit=3))
    plans.give_plan(bot, "small", Whose(user_id=user))
    first, second = asked(bot, user), asked(bot, user)

    dial(bot)
    limits = [call.time_limit_s for call in carrier.calls]
    held = reasons(bot, second)
    hang_up(bot, owner, 130)
    dial(bot)
    waits = reasons(bot, second)
    rows.change_plan(bot.database, "small", {"minutes_limit": 60})
    dial(bot)

    assert limits == [180]
    assert (held, waits) == (["plan_minutes"], ["plan_minutes"])
    assert reasons(bot, first) == reasons(bot, second) == []
    assert [call.time_limit_s for call in carrier.calls] == [180, 1800]
    (usage,) = rows.list_usage(bot.database, Whose(user_id=user)).rows
    assert (usage["calls_used"], usage["minutes_used"], usage["minutes_reserved"]) == (1, 3, 30)


def test_the_house_and_its_users_without_a_plan_dial_as_before(
    house: Any, carrier: Dialler, user: UUID
) -> None:
    bot = house()
    asked(bot), asked(bot, user)

    dial(bot)

    assert [call.time_limit_s for call in carrier.calls] == [1800, 1800]


def test_where_a_plan_is_required_only_the_house_dials_without(
    house: Any, carrier: Dialler, user: UUID
) -> None:
    bot = house(REQUIRE_PLAN="true")
    ours, theirs = asked(bot), asked(bot, user)
    dial(bot)
    without = len(carrier.calls)

    told = reasons(bot, theirs)
    rows.make_plan(bot.database, NewPlan("any"))
    plans.give_plan(bot, "any", Whose(user_id=user))
    dial(bot)

    assert (without, told, reasons(bot, ours)) == (1, ["no_plan"], [])
    assert len(carrier.calls) == 2


def test_the_longest_call_is_what_a_dial_holds(house: Any, carrier: Dialler, user: UUID) -> None:
    bot = house(MAX_CALL_SECONDS="300")
    rows.make_plan(bot.database, NewPlan("five", minutes_limit=60))
    plans.give_plan(bot, "five", Whose(user_id=user))
    asked(bot, user)

    dial(bot)

    (usage,) = rows.list_usage(bot.database, Whose(user_id=user)).rows
    assert (usage["minutes_reserved"], carrier.calls[0].time_limit_s) == (5, 300)


@pytest.mark.parametrize("rate", ["20", "40"])
def test_no_two_calls_begin_nearer_than_the_rate_allows(
    house: Any, carrier: Dialler, owner: Any, rate: str
) -> None:
    bot = house(CALLS_PER_SECOND=rate)
    for _ in range(8):
        asked(bot)

    wait_for(lambda: place_dials(bot) < 0 or len(carrier.calls) == 8, pause_s=0.002)

    began = [
        at for (at,) in owner.execute("select sending_at from public.call_attempts order by 1").fetchall()
    ]
    assert len(began) == 8
    # Places of a rate are given out one after the other; a claim that comes late takes the next one from then on.
    assert min((b - a).total_seconds() for a, b in pairwise(began)) >= 1 / float(rate) - 0.001


def test_the_default_rate_lets_one_call_begin(house: Any, carrier: Dialler) -> None:
    bot = house(CALLS_PER_SECOND="")
    for _ in range(3):
        asked(bot)

    for _ in range(5):
        place_dials(bot)

    assert len(carrier.calls) == 1


def test_giving_a_plan_changes_what_somebody_has_and_taking_it_ends_it(house: Any, user: UUID) -> None:
    bot, whose = house(), Whose(user_id=user)
    for name, limit in (("small", 5), ("big", 50)):
        rows.make_plan(bot.database, NewPlan(name, call_limit=limit))

    first = plans.give_plan(bot, "small", whose)
    bigger = plans.give_plan(bot, "big", whose)
    ending = plans.take_plan(bot, whose)
    kept = plans.give_plan(bot, "big", whose)
    over = plans.take_plan(bot, whose, at_once=True)
    with pytest.raises(CallRefused) as nothing:
        plans.take_plan(bot, whose)

    assert {first["id"], bigger["id"], ending["id"], kept["id"], over["id"]} == {first["id"]}
    assert [one["usage"]["calls_remaining"] for one in (first, bigger)] == [5, 50]
    assert [one["renews"] for one in (bigger, ending, kept, over)] == [True, False, True, False]
    assert over["status"] == "canceled"
    assert nothing.value.code == "no_subscription"


def test_the_workers_round_begins_periods(house: Any, owner: Any, user: UUID) -> None:
    bot = house()
    rows.make_plan(bot.database, NewPlan("small", call_limit=1))
    plans.give_plan(bot, "small", Whose(user_id=user))
    for name in ("period_anchor", "current_period_start", "current_period_end"):
        owner.execute(f"update public.user_subscriptions set {name} = {name} - interval '40 days'")

    assert check_entries(bot) == 1
    assert check_entries(bot) == 0
