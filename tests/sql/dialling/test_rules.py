"""Calling hours and rules are edited while entries wait, and hold from the next claim; people are held until a date."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.sql.dialling.conftest import DENVER, MORNING, NIGHT, NOON, Queue

pytestmark = pytest.mark.sql
ALL_DAY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
NARROWED = {"role": "operator", "user_id": str(uuid4())}
PLACE = {"country": "US", "zones": [DENVER]}


@pytest.fixture(autouse=True)
def rules_as_they_were(queue: Queue) -> Iterator[None]:
    yield
    queue.owner.execute("delete from public.calling_hours where country <> '*'")
    queue.owner.execute(
        """update public.dialling_rules set person_calls_per_day = 1, person_calls_per_week = 3, user_concurrent = null,
                  reserved_for_inbound_percent = 20, changed_at = null"""
    )


def set_hours(queue: Queue, country: str, week: Any, **given: Any) -> Any:
    return queue.database.call("set_calling_hours", country=country, week=week, **given)


def change(queue: Queue, **changes: Any) -> Any:
    return queue.database.call("change_dialling_rules", changes=changes)


# --- hours ------------------------------------------------------------------------------------------


def test_hours_of_a_country_hold_from_the_next_claim_for_who_waits_for_others(queue: Queue) -> None:
    (entry,) = queue.put()
    assert queue.claim(at=NIGHT) == []
    assert queue.row(entry)[1:] == ("outside_hours", MORNING)

    set_hours(queue, "US", ALL_DAY)

    assert queue.row(entry)[2] < NIGHT
    assert queue.claim(at=NIGHT) == [entry]


def test_hours_that_are_dropped_are_those_of_all_others_again(queue: Queue) -> None:
    queue.put()
    set_hours(queue, "US", ALL_DAY)

    assert queue.database.call("drop_calling_hours", country="US")["result"] == "dropped"

    assert queue.claim(at=NIGHT) == []
    assert queue.database.call("drop_calling_hours", country="US")["code"] == "unknown_hours"
    assert queue.database.call("drop_calling_hours", country="*")["code"] == "last_hours"


def test_what_an_edit_leaves_of_very_many_is_woken_by_the_worker(queue: Queue) -> None:
    entries = queue.put(5)
    assert queue.claim(at=NIGHT) == []
    set_hours(queue, "US", ALL_DAY)
    # As if there had been more than are woken at once.
    queue.owner.execute("alter table public.call_queue disable trigger touch_updated_at")
    queue.owner.execute(
        "update public.call_queue set next_attempt_at = %s, updated_at = '2020-01-01'", [MORNING]
    )
    queue.owner.execute("alter table public.call_queue enable trigger touch_updated_at")

    woken = [queue.database.call("wake_parked_entries", batch=3)["woken"] for _ in range(3)]

    assert woken == [3, 2, 0]
    assert sorted(queue.claim(at=NIGHT)) == sorted(entries)


@pytest.mark.parametrize(
    "week",
    [{}, {"mon": "9-5"}, {"mon": [["9:00", "17:00"]]}, {"mon": [["17:00", "09:00"]]}, {"fun": [["09:00", "17:00"]]},
     {"mon": [["09:00", "25:00"]]}, {"mon": [["09:00"]]}, {"mon": [["09:00", "17:00"]] * 11}],
)  # fmt: skip
def test_a_week_that_is_none_is_refused_and_nothing_changes(queue: Queue, week: Any) -> None:
    answer = set_hours(queue, "US", week)

    assert (answer["code"], answer["message"].partition(":")[0]) == ("invalid", "week")
    assert [row["country"] for row in queue.database.call("list_calling_hours")["hours"]] == ["*"]


def test_only_who_stands_for_the_whole_service_changes_hours_and_rules(queue: Queue) -> None:
    calls: dict[str, dict[str, Any]] = {
        "set_calling_hours": {"country": "US", "week": ALL_DAY}, "drop_calling_hours": {"country": "US"},
        "change_dialling_rules": {"changes": {"person_calls_per_day": 9}},
    }  # fmt: skip

    for name, given in calls.items():
        for actor in (NARROWED, {"role": "integrator"}):
            assert queue.database.call(name, **given, actor=actor)["code"] == "not_allowed"
    assert set_hours(queue, "USA", ALL_DAY)["code"] == "invalid"


def test_a_number_has_the_hours_of_its_campaign_else_of_its_country(queue: Queue) -> None:
    campaign = queue.campaign(time_window=Jsonb({"tue": [["10:00", "11:00"]]}))
    set_hours(queue, "US", {"tue": [["09:00", "17:00"]]})

    def hours(**given: Any) -> tuple[Any, ...]:
        told = queue.database.call("hours_of_number", number="+13035550142", place=PLACE, at=NIGHT, **given)
        return told["of"], told["week"]["tue"], told["open"], told["opens_at"]

    assert hours() == ("country", [["09:00", "17:00"]], False, "2035-12-04T16:00:00+00:00")
    assert hours(campaign_id=campaign) == (
        "campaign",
        [["10:00", "11:00"]],
        False,
        "2035-12-04T17:00:00+00:00",
    )
    assert (
        queue.database.call("hours_of_number", number="+1", place=PLACE, campaign_id=uuid4())["code"]
        == "unknown_campaign"
    )


# --- rules ------------------------------------------------------------------------------------------


def test_a_higher_cap_of_a_person_holds_at_once_for_who_waits_for_the_day(queue: Queue) -> None:
    number = queue.number()
    queue.put(2, recipient_number=number)
    token = uuid4()
    ((first, made),) = queue.taken(token=token)
    queue.end(made, "completed", token)
    soon = NOON + timedelta(minutes=1)
    assert queue.claim(at=soon) == []

    change(queue, person_calls_per_day=2)

    (second,) = queue.claim(at=soon)
    assert second != first


@pytest.mark.parametrize(
    "changes",
    [{"person_calls_per_day": 0}, {"person_calls_per_week": -1}, {"reserved_for_inbound_percent": 91}, {"user_concurrent": 0},
     {"person_calls_per_day": 5}, {"redial": [1]}],
)  # fmt: skip
def test_rules_out_of_their_bounds_are_refused_and_nothing_changes(queue: Queue, changes: Any) -> None:
    before = queue.database.call("show_dialling_rules")["rules"]

    assert change(queue, **changes)["code"] == "invalid"
    assert queue.database.call("show_dialling_rules")["rules"] == before


def test_a_limit_can_be_taken_away(queue: Queue) -> None:
    assert change(queue, user_concurrent=4)["rules"]["user_concurrent"] == 4
    assert change(queue, user_concurrent=None)["rules"]["user_concurrent"] is None


# --- people on hold ---------------------------------------------------------------------------------


def hold(queue: Queue, number: str, until: Any, reason: str | None = "on holiday", **given: Any) -> Any:
    return queue.database.call("hold_person", number=number, until=until, reason=reason, **given)


def test_a_person_is_held_until_a_date_and_shown_with_what_waits(queue: Queue) -> None:
    number = queue.number()
    (entry,) = queue.put(recipient_number=number)

    told = hold(queue, number, NOON + timedelta(days=1))["hold"]

    assert (told["number"], told["reason"], told["waiting"]) == (number, "on holiday", 1)
    assert "held" in queue.reasons(entry)
    assert [row["number"] for row in queue.database.call("list_held")["rows"]] == [number]
    assert hold(queue, number, None, None)["was_held"] is True
    assert hold(queue, number, None, None)["was_held"] is False
    deeds = queue.owner.execute(
        "select action, object_id from public.audit_log where object_type = 'person' order by id desc limit 2"
    )
    assert deeds.fetchall() == [("person.released", f"…{number[-3:]}"), ("person.held", f"…{number[-3:]}")]


def test_a_team_that_holds_a_person_does_not_learn_how_many_calls_of_others_wait(queue: Queue) -> None:
    number = queue.number()
    queue.put(recipient_number=number)
    (team,) = queue.owner.execute(
        "insert into public.organizations (name, slug) values (%(name)s, %(name)s) returning id",
        {"name": uuid4().hex},
    ).fetchone()
    queue.owner.execute(
        """insert into public.call_history (call_sid, phone_number, organization_id, direction)
           values (%s, %s, %s, 'inbound')""",
        [f"CA{uuid4().hex}", number, team],
    )

    actor = {"role": "operator", "organization_id": str(team)}
    told = hold(queue, number, NOON + timedelta(days=1), actor=actor)

    assert told["hold"]["waiting"] == 0


def test_an_earlier_date_is_the_one_that_holds(queue: Queue) -> None:
    number = queue.number()
    (entry,) = queue.put(recipient_number=number)
    hold(queue, number, NOON + timedelta(days=30))
    assert queue.claim() == []

    hold(queue, number, NOON + timedelta(hours=1))

    assert queue.claim(at=NOON + timedelta(hours=2)) == [entry]


def test_a_hold_that_is_over_already_or_is_somebody_elses_is_refused(queue: Queue) -> None:
    number = queue.number()

    assert hold(queue, number, "2020-01-01T00:00Z")["code"] == "over_already"
    assert hold(queue, number, NOON, actor=NARROWED)["code"] == "not_allowed"
    assert queue.database.call("list_held", actor=NARROWED)["rows"] == []


def test_a_released_person_is_not_called_before_the_time_of_their_entry(queue: Queue) -> None:
    number = queue.number()
    (entry,) = queue.put(recipient_number=number, not_before=NOON)
    queue.set(entry, checked_at=NIGHT)
    hold(queue, number, NOON + timedelta(days=3))
    assert queue.claim() == []

    hold(queue, number, None, None)

    assert queue.claim(at=NOON - timedelta(hours=1)) == []
    assert queue.claim() == [entry]


# --- hours lifted for one entry ---------------------------------------------------------------------


def test_only_an_operator_lifts_hours_of_an_entry_and_the_reason_is_kept(queue: Queue) -> None:
    (entry,) = queue.put()
    assert queue.claim(at=NIGHT) == []
    lifted = {"hours_lifted": "the ward asked for it"}

    refused = queue.database.call(
        "change_queued_call", id=entry, changes=lifted, actor={"role": "integrator"}
    )
    changed = queue.database.call("change_queued_call", id=entry, changes=lifted)

    assert refused["result"] == "refused"
    assert changed["entry"]["hours_lifted"] == "the ward asked for it"
    assert queue.claim(at=NIGHT) == [entry]
