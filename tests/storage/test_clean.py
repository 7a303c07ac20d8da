"""What cannot be stored is replaced before it is sent."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.storage.database.clean import clean

UNSENDABLE = [
    ("a\x00b", "a\ufffdb"),
    ("\ud800", "\ufffd"),
    ("x\udfffy", "x\ufffdy"),
    ("\ud83d\ude00", "\U0001f600"),
]


@pytest.mark.parametrize(("text", "stored"), UNSENDABLE)
def test_what_jsonb_refuses_is_replaced_wherever_it_stands(text, stored):
    cleaned = clean({text: [text, {"deep": (text,)}], "plain": text})

    assert cleaned == {stored: [stored, {"deep": [stored]}], "plain": stored}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_become_null(number):
    assert clean({"confidence": number, "kept": 0.5}) == {"confidence": None, "kept": 0.5}


def test_values_that_need_nothing_come_back_as_they_were():
    text = "Grüße, 你好 \U0001f600\n\t"

    assert clean(text) is text
    assert clean([True, None, 3, 0.5]) == [True, None, 3, 0.5]


@given(st.text(st.characters(exclude_categories=())))
def test_every_cleaned_text_can_be_encoded_and_has_no_nul(text):
    cleaned = clean(text)

    assert "\x00" not in cleaned
    cleaned.encode()
