"""Periods follow each other without gap or overlap, on the days of a calendar, by the clock of their user."""

import calendar
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.sql
ZONES = (
    "UTC", "America/Denver", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia",
    "Australia/Lord_Howe", "America/St_Johns", "Pacific/Kiritimati",
)  # fmt: skip


def period(owner: Any, anchor: datetime, span: str, zone: str, at: datetime) -> tuple[datetime, datetime]:
    begins, ends = owner.execute(
        "select lower(p), upper(p) from private.period_at(%s, %s, %s, %s) p", [anchor, span, zone, at]
    ).fetchone()
    return begins, ends


@pytest.mark.parametrize(
    ("anchor", "span", "zone", "at", "begins", "ends"),
    [
        # The last day of a month, and back to the 31st.
        ("2026-01-31T10:00+00", "monthly", "UTC", "2026-02-15T00:00+00", "2026-01-31T10:00+00", "2026-02-28T10:00+00"),
        ("2026-01-31T10:00+00", "monthly", "UTC", "2026-02-28T10:00+00", "2026-02-28T10:00+00", "2026-03-31T10:00+00"),
        ("2026-01-31T10:00+00", "monthly", "UTC", "2026-04-01T00:00+00", "2026-03-31T10:00+00", "2026-04-30T10:00+00"),
        ("2028-01-30T10:00+00", "monthly", "UTC", "2028-02-29T10:00+00", "2028-02-29T10:00+00", "2028-03-30T10:00+00"),
        ("2026-08-31T00:00+00", "monthly", "UTC", "2026-09-30T00:00+00", "2026-09-30T00:00+00", "2026-10-31T00:00+00"),
        # A leap day's year.
        ("2028-02-29T00:00+00", "yearly", "UTC", "2029-02-28T00:00+00", "2029-02-28T00:00+00", "2030-02-28T00:00+00"),
        ("2028-02-29T00:00+00", "yearly", "UTC", "2032-02-29T00:00+00", "2032-02-29T00:00+00", "2033-02-28T00:00+00"),
        ("2026-06-15T00:00+00", "yearly", "UTC", "2026-06-15T00:00+00", "2026-06-15T00:00+00", "2027-06-15T00:00+00"),
        # The edge belongs to the period that begins.
        ("2026-03-10T09:00+00", "monthly", "UTC", "2026-04-10T08:59:59+00", "2026-03-10T09:00+00", "2026-04-10T09:00+00"),
        ("2026-03-10T09:00+00", "monthly", "UTC", "2026-04-10T09:00+00", "2026-04-10T09:00+00", "2026-05-10T09:00+00"),
        # Midnight stays midnight over a change of the clocks, and the month is the user's own.
        ("2026-02-15T07:00+00", "monthly", "America/Denver", "2026-03-20T00:00+00", "2026-03-15T06:00+00", "2026-04-15T06:00+00"),
        ("2026-01-31T22:30+00", "monthly", "Asia/Kolkata", "2026-02-10T00:00+00", "2026-01-31T22:30+00", "2026-02-28T22:30+00"),
        # An hour that the clocks leave out, and one that they have twice.
        ("2026-02-08T09:30+00", "monthly", "America/Denver", "2026-03-08T12:00+00", "2026-03-08T09:30+00", "2026-04-08T08:30+00"),
        ("2026-10-01T07:30+00", "monthly", "America/Denver", "2026-11-01T12:00+00", "2026-11-01T08:30+00", "2026-12-01T08:30+00"),
        # Years later, and before the beginning.
        ("2020-01-31T00:00+00", "monthly", "UTC", "2035-12-04T18:00+00", "2035-11-30T00:00+00", "2035-12-31T00:00+00"),
        ("2026-05-31T00:00+00", "monthly", "UTC", "2026-04-15T00:00+00", "2026-03-31T00:00+00", "2026-04-30T00:00+00"),
    ],
)  # fmt: skip
def test_a_period_has_the_days_that_a_calendar_gives_it(
    owner: Any, anchor: str, span: str, zone: str, at: str, begins: str, ends: str
) -> None:
    moments = [datetime.fromisoformat(f"{text}:00") for text in (anchor, at, begins, ends)]

    assert period(owner, moments[0], span, zone, moments[1]) == (moments[2], moments[3])


def _whole_months_later(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)


def test_periods_have_neither_gap_nor_overlap_and_keep_the_day_and_hour_of_the_first_in_random_cases(
    owner: Any,
) -> None:
    chance = random.Random(44)
    for _ in range(400):
        zone, span = chance.choice(ZONES), chance.choice(("monthly", "monthly", "yearly"))
        anchor = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(3 * 525_600))
        at = anchor + timedelta(minutes=chance.randrange(-100_000, 4 * 525_600))
        local = anchor.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

        begins, ends = period(owner, anchor, span, zone, at)
        after, before = (
            period(owner, anchor, span, zone, ends),
            period(owner, anchor, span, zone, begins - timedelta(microseconds=1)),
        )

        assert begins <= at < ends
        assert (after[0], before[1]) == (ends, begins)
        here = begins.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        months = (here.year - local.year) * 12 + here.month - local.month
        wanted = _whole_months_later(local, months)
        # Where the clocks leave an hour out, the period begins when that hour would have.
        assert abs(here - wanted) <= timedelta(hours=1), (anchor, span, zone, at)
        assert here.day == wanted.day or abs(here - wanted) <= timedelta(hours=1)
        assert span == "monthly" or months % 12 == 0
