"""Calling hours as people write them."""

import pytest

from voicebot.domain.dialling.calling_week import week_of, words_of


@pytest.mark.parametrize(
    ("words", "week"),
    [
        ("mon 09:00-17:00", {"mon": [["09:00", "17:00"]]}),
        ("Monday-Tuesday 9-17", {"mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]]}),
        ("sat 10:00-12:00 14:00-16:00", {"sat": [["10:00", "12:00"], ["14:00", "16:00"]]}),
        (
            "sat-mon 8-24",
            {"mon": [["08:00", "24:00"]], "sat": [["08:00", "24:00"]], "sun": [["08:00", "24:00"]]},
        ),
        ("mon 14-16; mon 9-12", {"mon": [["09:00", "12:00"], ["14:00", "16:00"]]}),
    ],
)
def test_days_and_hours_are_read(words, week):
    assert week_of(words) == week
    assert week_of(words_of(week)) == week


@pytest.mark.parametrize("words", ["", "9-17", "mon", "mon nine", "foo 9-17", "mon-foo 9-17", "mon 9:00"])
def test_what_is_no_week_says_what_was_expected(words):
    with pytest.raises(ValueError, match="expected hours like"):
        week_of(words)


def test_days_with_the_same_hours_are_told_together():
    assert words_of(week_of("mon-fri 9-17, sat 10-14")) == "mon-fri 09:00-17:00, sat 10:00-14:00"
    assert words_of({}) == "never"
