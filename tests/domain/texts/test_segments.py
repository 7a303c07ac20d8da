"""Segments are counted as Twilio counts them."""

import pytest

from tests.vectors import TWILIO, read
from voicebot.domain.texts.segments import (
    GSM7_BASIC,
    GSM7_EXTENSION,
    Encoding,
    in_gsm7,
    segments,
    utf16_units,
)

DATA = read(TWILIO / "sms_segments.json")


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["id"])
def test_a_text_counts_as_twilios_calculator_counts_it(case):
    counted = segments(case["text"])

    assert (counted.encoding.value, counted.count) == (case["encoding"], case["segments"])
    assert counted.units == case["code_units"]


def test_the_alphabet_is_the_one_of_the_vectors():
    assert set(DATA["gsm7_basic"]) == GSM7_BASIC
    assert set(DATA["gsm7_extension"]) == GSM7_EXTENSION


@pytest.mark.parametrize(
    "text, encoding, count",
    [
        ("", Encoding.GSM7, 1),
        ("a" * 160, Encoding.GSM7, 1),
        ("a" * 161, Encoding.GSM7, 2),
        ("a" * 152 + "€" + "b" * 152, Encoding.GSM7, 3),
        ("á" * 70, Encoding.UCS2, 1),
        ("á" * 71, Encoding.UCS2, 2),
        ("á" * 66 + "😜" + "á" * 66, Encoding.UCS2, 3),
    ],
)
def test_a_character_of_two_units_is_not_torn_over_two_parts(text, encoding, count):
    counted = segments(text)

    assert (counted.encoding, counted.count) == (encoding, count)


def test_typographic_signs_become_plain_where_that_saves_the_encoding():
    assert in_gsm7("“It’s 8–9…”\u00a0ok") == '"It\'s 8-9..." ok'
    assert in_gsm7("“日本”") == "“日本”"


def test_characters_beyond_the_basic_plane_are_two_units():
    assert utf16_units("a😜") == 3
