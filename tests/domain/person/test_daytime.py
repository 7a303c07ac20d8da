"""Day is where the person is, not where we are."""

from datetime import UTC, datetime

import pytest

from voicebot.domain.person.daytime import is_daytime


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 20, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "day"),
    [(at(13, 59), False), (at(14), True), (at(23), True), (at(0, 59), True), (at(1), False)],
)
def test_day_is_from_nine_to_eight_by_the_numbers_own_clock(moment, day):
    assert is_daytime(moment, "+12025550123") is day


def test_a_country_of_many_zones_has_day_while_all_of_them_have():
    # Perth is at UTC+8, Sydney at UTC+11.
    assert is_daytime(at(2), "+61491570156") is False
    assert is_daytime(at(10), "+61491570156") is False
    assert is_daytime(at(3), "+442071838750") is False


def test_what_they_told_counts_more_than_the_number():
    assert is_daytime(at(3), "+12025550123", timezone="Asia/Tokyo") is True
    assert is_daytime(at(14), "+12025550123", timezone="Asia/Tokyo") is False


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", None])
def test_a_zone_that_nobody_knows_counts_as_none(zone):
    assert is_daytime(at(14), "+12025550123", timezone=zone) is True


@pytest.mark.parametrize("number", ["", "12345", "MYBANK", "+", "+999123"])
def test_without_a_place_there_is_no_day(number):
    assert is_daytime(at(14), number) is False
