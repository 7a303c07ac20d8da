"""When a call that repeats is made, by the clock of the person's place."""

from datetime import UTC, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.dialling.recurrence import Recurrence, recurrence_of

DENVER = "America/Denver"
NOW = datetime(2026, 12, 2, 17, 0, tzinfo=UTC)
MONDAY_AT_NINE = datetime(2026, 12, 7, 16, 0, tzinfo=UTC)


def times(
    rule: str, starts: datetime | None = MONDAY_AT_NINE, most: int = 3, zone: str = DENVER
) -> list[str]:
    found = recurrence_of(rule, starts, zone, NOW)
    return [f"{at.astimezone(ZoneInfo(zone)):%y-%m-%d %H:%M}" for at in found.after(NOW, most)]


@pytest.mark.parametrize(
    ("rule", "coming"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", ["26-12-07 09:00", "26-12-14 09:00", "26-12-21 09:00"]),
        ("RRULE:FREQ=DAILY;COUNT=2", ["26-12-07 09:00", "26-12-08 09:00"]),
        ("freq=daily;until=20261208", ["26-12-07 09:00", "26-12-08 09:00"]),
        ("FREQ=DAILY;UNTIL=20261209T000000Z", ["26-12-07 09:00", "26-12-08 09:00"]),
        ("FREQ=WEEKLY;INTERVAL=2", ["26-12-07 09:00", "26-12-21 09:00", "27-01-04 09:00"]),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", ["26-12-07 09:00", "26-12-09 09:00", "26-12-11 09:00"]),
        ("FREQ=DAILY;BYDAY=SA,SU", ["26-12-12 09:00", "26-12-13 09:00", "26-12-19 09:00"]),
        ("FREQ=DAILY;BYHOUR=18;BYMINUTE=30", ["26-12-07 18:30", "26-12-08 18:30", "26-12-09 18:30"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["26-12-31 09:00", "27-01-31 09:00", "27-03-31 09:00"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["26-12-25 09:00", "27-01-29 09:00", "27-02-26 09:00"]),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
            ["27-01-01 09:00", "27-02-01 09:00", "27-03-01 09:00"],
        ),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["28-02-29 09:00"]),
    ],
)
def test_a_rule_gives_its_days_at_the_hour_of_the_first(rule, coming):
    assert times(rule) == coming


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=HOURLY", "once a day"), ("FREQ=MINUTELY", "once a day"), ("FREQ=SECONDLY", "once a day"), ("BYDAY=MO", "once a day"),
        ("FREQ=DAILY;BYHOUR=9,10", "BYHOUR"), ("FREQ=DAILY;BYHOUR=24", "BYHOUR"), ("FREQ=DAILY;BYSECOND=1", "no part"),
        ("FREQ=DAILY;COUNT=0", "COUNT"), ("FREQ=DAILY;COUNT=99999", "COUNT"), ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "not both"), ("FREQ=DAILY;UNTIL=20200101", "no day"),
        ("FREQ=DAILY;UNTIL=20261332", "UNTIL"), ("FREQ=DAILY;UNTIL=soon", "UNTIL"), ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"), ("FREQ=DAILY;BYMONTH=2", "does not go"), ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "INTERVAL"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no day"), ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20", "no day"),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=3", "no day"), ("FREQ=MONTHLY;BYMONTH=13", "BYMONTH"),
        ("DTSTART:20200101\nRRULE:FREQ=DAILY", "no part"), ("FREQ=DAILY;FREQ=WEEKLY", "no part"), ("every monday", "no part"),
        ("", "expected a rule"), (";;;", "expected a rule"), ("FREQ=DAILY" + ";" * 400 + "X=1", "expected a rule"),
    ],
)  # fmt: skip
def test_a_rule_that_is_none_or_too_often_or_never_is_refused_at_once(rule, words):
    began = process_time()

    with pytest.raises(ValueError, match=words):
        recurrence_of(rule, MONDAY_AT_NINE, DENVER, NOW)

    # A search to the end of the calendar takes many seconds.
    assert process_time() - began < 1


@pytest.mark.parametrize(
    "starts", ["0001-01-01T00:00:00+00:00", "2019-01-01T00:00:00+00:00", "9999-12-31T23:59:00+00:00"]
)
def test_a_rule_that_began_long_ago_or_begins_in_a_far_future_is_refused_at_once(starts):
    began = process_time()

    with pytest.raises(ValueError, match="at most five years ago"):
        recurrence_of("FREQ=DAILY", datetime.fromisoformat(starts), DENVER, NOW)

    assert process_time() - began < 0.1


def test_a_rule_without_an_hour_needs_the_time_of_the_first_call():
    with pytest.raises(ValueError, match="needs the time"):
        recurrence_of("FREQ=DAILY", None, DENVER, NOW)
    assert times("FREQ=DAILY;BYHOUR=9", None, most=1) == ["26-12-03 09:00"]


@pytest.mark.parametrize("zone", ["America/Denver", "Europe/Berlin", "Australia/Sydney", "Asia/Kolkata"])
def test_the_hour_stays_the_same_over_a_year_of_changing_clocks(zone):
    starts = datetime(2026, 12, 7, 9, 0, tzinfo=ZoneInfo(zone))

    found = recurrence_of("FREQ=DAILY", starts, zone, NOW).after(NOW, 400)

    assert {at.astimezone(ZoneInfo(zone)).hour for at in found} == {9}
    assert len({at.astimezone(ZoneInfo(zone)).date() for at in found}) == 400


def test_a_time_that_a_clock_leaves_out_or_shows_twice_comes_once():
    # In Denver 2:30 is left out on 14 March 2027, and 1:30 comes twice on 7 November.
    spring = Recurrence("FREQ=DAILY", datetime(2027, 3, 13, 2, 30), DENVER).after(
        datetime(2027, 3, 13, tzinfo=UTC), 3
    )
    autumn = Recurrence("FREQ=DAILY", datetime(2027, 11, 6, 1, 30), DENVER).after(
        datetime(2027, 11, 6, tzinfo=UTC), 3
    )

    assert [f"{at:%d %H:%M}" for at in spring] == ["13 09:30", "14 09:30", "15 08:30"]
    assert [f"{at:%d %H:%M}" for at in autumn] == ["06 07:30", "07 07:30", "08 08:30"]


@given(
    st.sampled_from(
        ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=DAILY;COUNT=40"]
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),
    st.integers(0, 200),
)
def test_what_is_asked_for_later_follows_what_was_asked_for_before(rule, starts, days):
    found = Recurrence(rule, starts.replace(second=0, microsecond=0), DENVER)
    begin = starts.replace(tzinfo=UTC) - timedelta(days=1)
    whole = found.after(begin, 60)

    later = begin + timedelta(days=days)
    assert found.after(later, 5) == [at for at in found.after(begin, 260) if at > later][:5]
    assert whole == sorted(set(whole))
