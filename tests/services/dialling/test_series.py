"""Calls that repeat are made ahead by any worker, by the clock of the person's place, and end as their rule says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.services.calls.aftermath import Connection
from voicebot.domain.dialling.recurrence import AHEAD
from voicebot.runtime import Runtime
from voicebot.services.dialling import series
from voicebot.services.dialling.ask import CallRefused
from voicebot.services.dialling.check import check_entries
from voicebot.services.dialling.series import SeriesChange, ask_for_series
from voicebot.storage.queue import NewEntry

pytestmark = pytest.mark.sql
DENVER = ZoneInfo("America/Denver")
# A Monday in Denver, nine in the morning; the clocks go forward on the 11th of March.
BEGIN = datetime(2035, 2, 26, 9, 0, tzinfo=DENVER)
NOW = BEGIN - timedelta(days=1)


@pytest.fixture
def clock(owner: Connection) -> list[datetime]:
    for table in ("call_attempts", "call_queue", "call_series", "dialling_lanes", "suppressions"):
        owner.execute(f"delete from public.{table}")
    return [NOW]


@pytest.fixture
def bot(make_runtime: Callable[..., Runtime], clock: list[datetime]) -> Runtime:
    return make_runtime(now=lambda: clock[0].astimezone(UTC))


def wanted(**given: Any) -> NewEntry:
    return NewEntry(**{"to_number": "+13035550142", "purpose": "asked_for", "scheduled_time": BEGIN, **given})


def waiting(owner: Connection) -> list[str]:
    rows = owner.execute(
        "select occurrence from public.call_queue where status = 'queued' order by 1"
    ).fetchall()
    return [f"{at.astimezone(DENVER):%a %m-%d %H:%M}" for (at,) in rows]


def test_every_monday_at_nine_stays_at_nine_when_the_clocks_change(
    bot: Runtime, owner: Connection, clock: list[datetime]
) -> None:
    ask_for_series(bot, wanted(), "FREQ=WEEKLY;BYDAY=MO")
    assert waiting(owner) == ["Mon 02-26 09:00", "Mon 03-05 09:00", "Mon 03-12 09:00"]

    for week in (1, 2, 3):
        clock[0] = BEGIN + timedelta(weeks=week, minutes=1)
        check_entries(bot)
        check_entries(bot)

    # None is placed late, and none is made twice; what waits is not ended here, because SQL's clock is another.
    assert waiting(owner) == [
        f"Mon {day} 09:00" for day in ("02-26", "03-05", "03-12", "03-19", "03-26", "04-02", "04-09")
    ]
    row = owner.execute("select count(*), count(distinct occurrence) from public.call_queue").fetchone()
    assert row == (7, 7)


def test_at_most_so_many_wait_ahead(bot: Runtime, owner: Connection) -> None:
    ask_for_series(bot, wanted(), "FREQ=DAILY")

    for _ in range(5):
        check_entries(bot)

    assert len(waiting(owner)) == AHEAD


def test_a_worker_that_was_away_makes_what_can_still_be_dialled_and_nothing_late(
    bot: Runtime, owner: Connection, clock: list[datetime]
) -> None:
    ask_for_series(bot, wanted(), "FREQ=DAILY")

    clock[0] = BEGIN + timedelta(days=10, minutes=30)
    check_entries(bot)

    assert waiting(owner)[AHEAD:] == [
        f"{day} 09:00" for day in ("Thu 03-08", "Fri 03-09", "Sat 03-10", "Sun 03-11")
    ]


@pytest.mark.parametrize(
    ("rule", "made"),
    [("FREQ=DAILY;COUNT=2", 2), ("FREQ=DAILY;UNTIL=20350301", 4), ("FREQ=WEEKLY;COUNT=1", 1)],
)
def test_a_rule_ends_after_its_count_or_its_day(
    bot: Runtime, owner: Connection, clock: list[datetime], rule: str, made: int
) -> None:
    entry, _ = ask_for_series(bot, wanted(), rule)

    for day in range(12):
        clock[0] = BEGIN + timedelta(days=day, minutes=1)
        check_entries(bot)

    assert len(waiting(owner)) == made
    assert series.stored.show_series(bot.database, UUID(entry["series_id"]))["state"] == "done"


def test_a_window_repeats_with_its_length(bot: Runtime, owner: Connection) -> None:
    window = {"scheduled_time": None, "not_before": BEGIN, "not_after": BEGIN + timedelta(hours=4)}

    ask_for_series(bot, wanted(**window), "FREQ=WEEKLY")

    rows = owner.execute(
        "select distinct not_after - occurrence, scheduled_time is null from public.call_queue"
    ).fetchall()
    assert rows == [(timedelta(hours=4), True)]


@pytest.mark.parametrize(
    ("given", "rule", "refused"),
    [
        ({}, "FREQ=HOURLY", ("invalid_request", "repeat")),
        ({}, "FREQ=DAILY;COUNT=3;UNTIL=20360101", ("invalid_request", "repeat")),
        ({"scheduled_time": None}, "FREQ=DAILY", ("invalid_request", "repeat")),
        ({"to_number": "+12085550142"}, "FREQ=DAILY", ("unclear_zone", "timezone")),
        ({"timezone": "Denver"}, "FREQ=DAILY", ("invalid_request", "timezone")),
        ({"to_number": "+19005550142"}, "FREQ=DAILY", ("not_callable", "to")),
        ({"scheduled_time": BEGIN - timedelta(hours=6)}, "FREQ=DAILY", ("window_over", "not_after")),
        ({"scheduled_time": None, "not_before": BEGIN, "not_after": BEGIN + timedelta(days=2)}, "FREQ=DAILY",
         ("invalid_request", "not_after")),
    ],
)  # fmt: skip
def test_a_series_that_cannot_be_is_refused_with_what_is_wrong(
    bot: Runtime, owner: Connection, given: dict[str, Any], rule: str, refused: tuple[str, str]
) -> None:
    with pytest.raises(CallRefused) as refusal:
        ask_for_series(bot, wanted(**given), rule)

    assert (refusal.value.code, refusal.value.field) == refused
    assert owner.execute("select count(*) from public.call_series").fetchone() == (0,)


def test_another_rule_keeps_the_hour_and_another_time_keeps_the_rule(bot: Runtime, owner: Connection) -> None:
    entry, _ = ask_for_series(bot, wanted(), "FREQ=WEEKLY;BYDAY=MO")
    of = UUID(entry["series_id"])

    series.change(bot, of, SeriesChange(repeat="FREQ=DAILY"))
    daily = waiting(owner)
    series.change(bot, of, SeriesChange(scheduled_time=BEGIN + timedelta(hours=2)))
    later = waiting(owner)

    assert daily == ["Mon 02-26 09:00", "Tue 02-27 09:00", "Wed 02-28 09:00"]
    assert later == ["Mon 02-26 11:00", "Tue 02-27 11:00", "Wed 02-28 11:00"]
    with pytest.raises(CallRefused, match="changed_meanwhile"):
        series.change(bot, of, SeriesChange(repeat="FREQ=DAILY"), 1)


def test_the_next_times_are_told_also_of_what_is_not_made_yet(bot: Runtime, clock: list[datetime]) -> None:
    entry, _ = ask_for_series(bot, wanted(), "FREQ=WEEKLY")
    row = series.stored.show_series(bot.database, UUID(entry["series_id"]))

    assert series.next_times(row, NOW) == [(BEGIN + timedelta(weeks=n)).astimezone(UTC) for n in range(5)]
    paused = series.change(bot, UUID(entry["series_id"]), SeriesChange(state="paused"))
    assert series.next_times(paused, NOW) == []


def test_a_request_key_begins_one_series(bot: Runtime, owner: Connection) -> None:
    entry = wanted(request_key="k1", request={"repeat": "FREQ=DAILY"})

    first, new = ask_for_series(bot, entry, "FREQ=DAILY")
    again, known = ask_for_series(bot, entry, "FREQ=DAILY")

    assert (new, known, first["series_id"]) == (True, False, again["series_id"])
    with pytest.raises(CallRefused, match="key_used"):
        ask_for_series(bot, replace(entry, request={"repeat": "FREQ=WEEKLY"}), "FREQ=WEEKLY")
