"""Opening hours: read as people write them, open and closed at the right moments, also when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.templates import spoken_hours
from voicebot.domain.templates.opening_hours import (
    OpeningHours,
    read_days,
    read_holiday,
    read_span,
    read_spans,
    write_spans,
)

NINE_TO_SIX = ((time(9), time(18)),)
SHOP = OpeningHours(
    "America/New_York",
    dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NINE_TO_SIX) | {"sat": ((time(9), time(14)),)},
    ("2026-12-24", "12-25"),
)


def at(text: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-30T09:00", True),
        ("2026-11-30T08:59:59", False),
        ("2026-11-30T17:59:59", True),
        ("2026-11-30T18:00", False),
        ("2026-11-28T13:59", True),
        ("2026-11-28T14:00", False),
        ("2026-11-29T12:00", False),
        ("2026-12-24T12:00", False),
        ("2026-12-25T12:00", False),
        ("2029-12-25T12:00", False),
        ("2026-12-23T12:00", True),
    ],
)
def test_a_line_is_open_within_its_hours_and_not_on_holidays(moment, is_open):
    assert SHOP.is_open(at(moment)) is is_open


def test_hours_are_the_lines_own_wherever_the_caller_is():
    assert SHOP.is_open(datetime(2026, 11, 30, 14, 0, tzinfo=UTC))
    assert not SHOP.is_open(datetime(2026, 11, 30, 13, 59, tzinfo=UTC))


def test_hours_stay_on_the_clock_when_the_clock_changes():
    # New York goes to daylight saving on 2026-03-08 and back on 2026-11-01.
    assert SHOP.is_open(datetime(2026, 3, 9, 13, 0, tzinfo=UTC))
    assert not SHOP.is_open(datetime(2026, 3, 6, 13, 0, tzinfo=UTC))
    assert SHOP.opens(at("2026-10-31T20:00")) == at("2026-11-02T09:00")


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-30T12:00", "It is open right now, until six in the evening."),
        ("2026-11-30T07:00", "It is closed right now. It opens today at nine in the morning."),
        ("2026-11-30T20:00", "It is closed right now. It opens tomorrow at nine in the morning."),
        ("2026-11-28T20:00", "It is closed right now. It opens on Monday at nine in the morning."),
        ("2026-12-24T10:00", "It is closed right now. It opens on Saturday at nine in the morning."),
    ],
)
def test_the_model_is_told_whether_it_is_open_and_when_that_changes(moment, told):
    assert spoken_hours.state(SHOP, at(moment)) == told


def test_the_coming_holidays_are_told_as_far_as_it_would_be_open():
    assert spoken_hours.holidays(SHOP, at("2026-11-30T12:00")) == [
        "Holidays in the next weeks, when nobody is there: 24 December and 25 December."
    ]
    assert spoken_hours.holidays(SHOP, at("2026-06-01T12:00")) == []
    # 25 December 2027 is a Saturday, 2022 a Sunday.
    assert spoken_hours.holidays(SHOP, at("2022-12-01T12:00")) == []


def test_the_week_is_told_in_words_that_can_be_said():
    assert spoken_hours.facts(SHOP) == [
        "It is open Monday to Friday from nine in the morning to six in the evening and Saturday from nine in the "
        "morning to two in the afternoon.",
        "It is closed on Sunday.",
    ]


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (time(0), "midnight"), (time(12), "noon"), (time(9, 30), "half past nine in the morning"),
        (time(8, 5), "eight oh five in the morning"), (time(17, 45), "five forty-five in the afternoon"),
        (time(20, 15), "eight fifteen in the evening"), (time(12, 30), "half past twelve in the afternoon"),
        (time(0, 20), "twelve twenty in the morning"),
    ],
)  # fmt: skip
def test_times_are_said_as_people_say_them(clock, said):
    assert spoken_hours.spoken_time(clock) == said


def test_a_line_that_never_opens_says_no_more_than_that():
    assert (
        spoken_hours.state(OpeningHours("UTC"), datetime(2026, 1, 1, tzinfo=UTC)) == "It is closed right now."
    )


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", ("mon",)), ("Mon-Fri", ("mon", "tue", "wed", "thu", "fri")), ("fri-mon", ("fri", "sat", "sun", "mon")),
        ("sat, sun", ("sat", "sun")), ("monday-wednesday", ("mon", "tue", "wed")),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text, days):
    assert read_days(text) == days


@pytest.mark.parametrize("text", ["", "someday", "mon-", "mon-foo", "1-5"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match="expected days"):
        read_days(text)


@pytest.mark.parametrize(
    "text", ["9-18", "09:00", "18:00-09:00", "25:00-26:00", "09:00-18:61", "nine to six", ""]
)
def test_what_are_no_hours_is_refused(text):
    with pytest.raises(ValueError, match="expected"):
        read_spans(text)


def test_hours_that_overlap_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        read_spans("09:00-13:00, 12:00-18:00")


@pytest.mark.parametrize("text", ["12-25", "2026-12-25", "02-29"])
def test_holidays_are_days_of_one_year_or_of_every_year(text):
    assert read_holiday(f" {text} ") == text


@pytest.mark.parametrize("text", ["25.12.", "2026-13-01", "12-32", "2026-02-29", "christmas", ""])
def test_what_is_in_no_calendar_is_no_holiday(text):
    with pytest.raises(ValueError, match="expected a day"):
        read_holiday(text)


minutes = st.integers(0, 24 * 60 - 2)


@given(begin=minutes, length=st.integers(1, 600))
def test_hours_go_through_text_and_json_unchanged(begin, length):
    end = min(begin + length, 24 * 60)
    text = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"

    spans = read_spans(text)
    hours = OpeningHours("Europe/Berlin", {"mon": spans}, ("12-25",))

    assert write_spans(spans) == text
    assert OpeningHours.from_json(hours.to_json()) == hours


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(
        lambda one: one.replace(tzinfo=UTC)
    ),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_a_closed_line_is_open_at_the_moment_it_names(moment, zone):
    hours = OpeningHours(zone, {"tue": (read_span("01:30-03:00"),), "sun": (read_span("02:30-04:00"),)})

    opens = hours.opens(moment)

    assert opens is not None
    assert opens > moment
    # Where the clock jumps over the beginning, the line opens with the jump.
    assert hours.is_open(opens) or hours.is_open(opens.astimezone(UTC))
    assert opens - moment < timedelta(days=8)
    assert opens.date() >= date(2026, 1, 1)
