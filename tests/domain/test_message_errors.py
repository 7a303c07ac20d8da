"""Operators read what went wrong in words."""

import re

import pytest

from tests.vectors import TWILIO, TWILIO_HANDBOOK, read
from voicebot.domain.texts.errors import WORDS, error_words


def handbook_codes() -> set[str]:
    handbook = TWILIO_HANDBOOK.read_text(encoding="utf-8")
    section = handbook.split("### 6.3")[1].split("### 6.4")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return set(re.findall(r"\d{5}", " ".join(rows)))


def test_every_code_of_the_handbook_is_known():
    codes = handbook_codes()

    assert len(codes) >= 25
    assert codes <= set(WORDS)


def test_every_code_with_words_is_one_of_twilios_or_ours():
    listed = {str(each["code"]) for each in read(TWILIO / "error_codes.json")}

    unknown = {code for code in WORDS if code.isdigit()} - listed - handbook_codes()

    assert unknown == set()


@pytest.mark.parametrize("code", [None, "", 99999, "nonsense"])
def test_an_unknown_code_has_words_too(code):
    assert error_words(code).endswith(".")


@pytest.mark.parametrize("code", [30001, 30003, 30008])
def test_nobody_is_told_that_a_text_goes_out_again_which_the_carrier_had_taken(code):
    assert "Send it" in error_words(code)


def test_words_are_whole_sentences():
    for code, words in WORDS.items():
        assert words[0].isupper() and words.endswith("."), code


@pytest.mark.parametrize(
    "code",
    ["capped", "not_textable", "code_over", "no_sender", "ai_off", "database_away", "claim_ran_out"],
)
def test_reasons_of_our_own_are_not_blamed_on_the_carrier(code):
    assert code in WORDS
    assert "Twilio" not in error_words(code)
