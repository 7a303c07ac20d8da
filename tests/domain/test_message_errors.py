"""Operators read what went wrong in words, and the code knows what to do about it."""

import re

import pytest

from tests.vectors import TWILIO, TWILIO_HANDBOOK, read
from voicebot.domain.texts.errors import Remedy, known_codes, message_error


def handbook_codes() -> set[str]:
    handbook = TWILIO_HANDBOOK.read_text(encoding="utf-8")
    section = handbook.split("### 6.3")[1].split("### 6.4")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return set(re.findall(r"\d{5}", " ".join(rows)))


def test_every_code_of_the_handbook_is_known():
    codes = handbook_codes()

    assert len(codes) >= 25
    assert codes <= known_codes()


def test_every_code_with_words_is_one_of_twilios_or_ours():
    listed = {str(each["code"]) for each in read(TWILIO / "error_codes.json")}

    unknown = {code for code in known_codes() if code.isdigit()} - listed - handbook_codes()

    assert unknown == set()


@pytest.mark.parametrize(
    "code, remedy",
    [
        (21610, Remedy.SUPPRESS),
        ("30004", Remedy.SUPPRESS),
        (21211, Remedy.PERMANENT),
        (30034, Remedy.CONFIG),
        (30003, Remedy.RETRY_LATER),
        (14107, Remedy.RETRY_LATER),
        (30007, Remedy.CONTENT),
        (63016, Remedy.TEMPLATE),
        (21617, Remedy.BUG),
    ],
)
def test_a_code_leads_to_its_remedy(code, remedy):
    assert message_error(code).remedy is remedy


def test_only_the_two_opt_outs_and_ours_suppress():
    suppressing = {code for code in known_codes() if message_error(code).remedy is Remedy.SUPPRESS}

    assert suppressing == {"21610", "30004", "suppressed"}


@pytest.mark.parametrize("code", [None, "", 99999, "nonsense"])
def test_an_unknown_code_is_never_sent_again(code):
    error = message_error(code)

    assert error.remedy is Remedy.PERMANENT
    assert error.words


@pytest.mark.parametrize("code", [30001, 30003, 30008])
def test_nobody_is_told_that_a_text_goes_out_again_which_the_carrier_had_taken(code):
    error = message_error(code)

    assert error.remedy is Remedy.RETRY_LATER
    assert "Send it" in error.words


def test_words_are_whole_sentences():
    for code in known_codes():
        words = message_error(code).words
        assert words[0].isupper() and words.endswith("."), code


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("capped", Remedy.PERMANENT),
        ("not_textable", Remedy.PERMANENT),
        ("code_over", Remedy.PERMANENT),
        ("no_sender", Remedy.CONFIG),
        ("ai_off", Remedy.PERMANENT),
        ("database_away", Remedy.RETRY_LATER),
        ("claim_ran_out", Remedy.RETRY_LATER),
    ],
)
def test_reasons_of_our_own_are_not_blamed_on_the_carrier(code, remedy):
    error = message_error(code)

    assert error.remedy is remedy
    assert "Twilio" not in error.words
