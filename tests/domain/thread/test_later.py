"""When something is to happen, as a person picks it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voicebot.domain.thread.later import CHOICES, NoSuchHour, moment_in, put_off_until

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "choice", "until"),
    [
        ("2026-03-27T22:30", "hour", "2026-03-27T23:30"),
        ("2026-03-27T22:30", "hours", "2026-03-28T02:30"),
        ("2026-03-27T22:30", "tomorrow", "2026-03-28T09:00"),
        ("2026-03-27T22:30", "monday", "2026-03-30T09:00"),
        # A Monday means the next one; the clocks change in between.
        ("2026-03-23T08:00", "monday", "2026-03-30T09:00"),
        ("2026-03-28T12:00", "tomorrow", "2026-03-29T09:00"),
    ],
)
def test_what_is_put_off_comes_back_by_the_clocks_of_its_zone(now, choice, until):
    standing = datetime.fromisoformat(now).replace(tzinfo=BERLIN)

    assert put_off_until(choice, standing) == datetime.fromisoformat(until).replace(tzinfo=BERLIN)
    assert put_off_until(choice, standing).utcoffset() in (timedelta(hours=1), timedelta(hours=2))


def test_what_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match="hour, hours, tomorrow, monday"):
        put_off_until("year", datetime.now(BERLIN))
    assert set(CHOICES) == {"hour", "hours", "tomorrow", "monday"}
    for wrong in ("", "soon", "2026-13-01T00:00"):
        with pytest.raises(ValueError):
            moment_in(wrong, "UTC")
    assert moment_in("2026-07-01T09:00", "Europe/Berlin").isoformat() == "2026-07-01T09:00:00+02:00"


def test_an_hour_that_comes_twice_is_the_first_and_one_that_clocks_leave_out_is_refused():
    assert moment_in("2026-10-25T02:30", "Europe/Berlin").isoformat() == "2026-10-25T02:30:00+02:00"
    with pytest.raises(NoSuchHour, match="Clocks go forward"):
        moment_in("2026-03-29T02:30", "Europe/Berlin")
    assert moment_in("2026-03-29T02:30+01:00", "Europe/Berlin").isoformat() == "2026-03-29T02:30:00+01:00"
