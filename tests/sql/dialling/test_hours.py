"""When somebody may be called, by the clocks of where the number may be, also in the nights in which clocks are set."""

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb

pytestmark = pytest.mark.sql

CASES, SEED = 10_000, 20261129
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Zones whose clocks are set, at midnight and at night, by an hour and by half of one, and zones that never do.
ZONES = (
    "America/New_York", "America/Denver", "America/Phoenix", "America/St_Johns", "America/Santiago", "America/Havana",
    "Europe/Berlin", "Europe/London", "Asia/Kolkata", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Auckland", "UTC",
)  # fmt: skip
Week = dict[str, list[list[str]]]
EVERY_DAY: Week = {day: [["08:00", "21:00"]] for day in DAYS}


def opens_at(owner: Any, week: Week, zones: list[str], at: str) -> datetime | None:
    return owner.execute("select private.opens_at(%s, %s, %s)", [Jsonb(week), zones, at]).fetchone()[0]


def is_open(week: Week, zone: str, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    spans = week.get(DAYS[local.weekday()], [])
    return any(
        _clock(begin) <= local.time() and (end == "24:00" or local.time() < _clock(end))
        for begin, end in spans
    )


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def a_week(chance: random.Random) -> Week:
    week: Week = {}
    for day in DAYS:
        spans, minute = [], 0
        for _ in range(chance.choice((0, 1, 1, 2))):
            begin = minute + chance.randrange(0, 600, 15)
            end = begin + chance.randrange(15, 700, 15)
            if end > 1440:
                break
            spans.append([f"{begin // 60:02d}:{begin % 60:02d}", f"{end // 60:02d}:{end % 60:02d}"])
            minute = end
        if spans:
            week[day] = spans
    return week


def a_moment(chance: random.Random) -> datetime:
    if chance.random() < 0.5:
        # Around the nights in which clocks are set, in either half of the world.
        night = chance.choice((datetime(2026, 3, 8), datetime(2026, 3, 29), datetime(2026, 4, 5), datetime(2026, 10, 25),
                               datetime(2026, 11, 1), datetime(2026, 9, 27), datetime(2026, 9, 6)))  # fmt: skip
        return night.replace(tzinfo=UTC) + timedelta(minutes=chance.randrange(-1440, 2880))
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(0, 525_600))


def test_nobody_is_ever_called_outside_the_hours_of_any_zone_in_ten_thousand_random_cases(owner):
    chance = random.Random(SEED)
    cases = [
        (a_week(chance), chance.sample(ZONES, chance.choice((1, 1, 2, 3))), a_moment(chance))
        for _ in range(CASES)
    ]
    rows = owner.execute(
        """select private.opens_at(c.one -> 'week', array(select jsonb_array_elements_text(c.one -> 'zones')),
                                   (c.one ->> 'at')::timestamptz)
             from jsonb_array_elements(%s) with ordinality c (one, nth) order by c.nth""",
        [Jsonb([{"week": week, "zones": zones, "at": at.isoformat()} for week, zones, at in cases])],
    ).fetchall()

    wrong, never = [], 0
    for (week, zones, at), (opens,) in zip(cases, rows, strict=True):
        earlier = [at + timedelta(minutes=chance.randrange(0, 9 * 1440)) for _ in range(20)]
        missed = [
            moment
            for moment in earlier
            # The second run of an hour that a clock shows twice is left out where the first one was used.
            if (opens is None or moment < opens)
            and all(
                is_open(week, zone, moment) and not moment.astimezone(ZoneInfo(zone)).fold for zone in zones
            )
        ]
        never += opens is None
        if missed or (
            opens is not None and (opens < at or not all(is_open(week, zone, opens) for zone in zones))
        ):
            wrong.append((week, zones, at, opens, missed))
    assert wrong == []
    assert 0 < never < CASES / 2


@pytest.mark.parametrize(
    ("zones", "at", "expected"),
    [
        (["America/Denver"], "2026-12-01T18:00Z", "2026-12-01T18:00Z"),
        (["America/Denver"], "2026-12-01T05:00Z", "2026-12-01T15:00Z"),
        # Nine o'clock in the evening is too late, a minute before it is not.
        (["America/Denver"], "2026-12-02T03:59Z", "2026-12-02T03:59Z"),
        (["America/Denver"], "2026-12-02T04:00Z", "2026-12-02T15:00Z"),
        # Where a number may be in several zones, all have to be awake.
        (["America/New_York", "America/Los_Angeles"], "2026-12-01T13:30Z", "2026-12-01T16:00Z"),
        (["America/New_York", "America/Los_Angeles"], "2026-12-02T02:30Z", "2026-12-02T16:00Z"),
        # London and Auckland are never awake together.
        (["Europe/London", "Pacific/Auckland"], "2026-12-01T09:00Z", None),
        # The night in which an hour is left out.
        (["America/New_York"], "2026-03-08T06:30Z", "2026-03-08T12:00Z"),
    ],
)
def test_the_first_moment_at_which_everybody_there_is_awake(owner, zones, at, expected):
    week = EVERY_DAY if expected else {day: [["09:00", "18:00"]] for day in DAYS}
    found = opens_at(owner, week, zones, at)

    assert found == (datetime.fromisoformat(expected.replace("Z", "+00:00")) if expected else None)


def test_an_hour_that_the_clock_leaves_out_is_open_for_nobody(owner):
    week: Week = {"sun": [["02:00", "03:00"]]}

    # New York's clocks jump from two to three; a week later the hour is there.
    assert opens_at(owner, week, ["America/New_York"], "2026-03-08T05:00Z") == datetime(
        2026, 3, 15, 6, tzinfo=UTC
    )


def test_without_a_zone_nobody_is_called(owner):
    assert opens_at(owner, EVERY_DAY, [], "2026-12-01T18:00Z") is None


def test_a_week_without_hours_never_opens(owner):
    assert opens_at(owner, {}, ["UTC"], "2026-12-01T18:00Z") is None
