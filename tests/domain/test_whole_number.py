"""A whole number of a form or a path is plain digits within its bounds, and anything else is none."""

import pytest

from voicebot.domain.whole_number import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("90", 90), ("090", 90), ("91", None), ("0", None), ("", None), ("-1", None), ("1.0", None), (" 1", None), ("\u0663", None), ("\u00b2", None), ("1" * 5000, None)],
)  # fmt: skip
def test_a_whole_number_is_plain_digits_within_its_bounds(text, number):
    assert whole_number(text, 90) == number


def test_nought_is_one_where_it_is_allowed():
    assert whole_number("0", 9, least=0) == 0
