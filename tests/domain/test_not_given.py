"""Placeholders of carriers and providers count as what they stand for: nothing."""

import pytest

from voicebot.domain.not_given import (
    given,
    given_code,
    given_confidence,
    given_name,
    is_withheld,
)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        " ",
        "0",
        "0.0",
        "0.00",
        "-0.0",
        "0e0",
        "-1",
        "-1.0",
        "1.5",
        "nan",
        "inf",
        "-inf",
        "null",
        "None",
        "high",
    ],
)
def test_a_recogniser_that_does_not_say_how_sure_it_is_is_not_taken_for_unsure(sent):
    assert given_confidence(sent) is None


@pytest.mark.parametrize(
    ("sent", "confidence"), [("0.9485", 0.9485), ("1", 1.0), ("1.0", 1.0), ("0.01", 0.01), (" 0.5 ", 0.5)]
)
def test_a_confidence_is_a_share(sent, confidence):
    assert given_confidence(sent) == confidence


@pytest.mark.parametrize(
    "sent",
    [
        "UNAVAILABLE", "Unavailable", "WIRELESS CALLER", "Wireless Caller", "CELL PHONE   CA", "CELL PHONE TX", "UNKNOWN",
        "Unknown Name", "NAME UNAVAILABLE", "PRIVATE", "PRIVATE CALLER", "ANONYMOUS", "RESTRICTED", "OUT OF AREA",
        "TOLL FREE CALL", "LOS ANGELES  CA", "NEW YORK     NY", "ST. LOUIS    MO", "V12345678901234", "+12025550123",
        "2025550123", "(202) 555-0123", "SPAM RISK", "Scam Likely", "TELEMARKETER", "null", "NULL", "None", "undefined",
        "N/A", "n/a", "-", "", "   ", "NOT AVAILABLE", "No Name", "(null)", None,
    ],
)  # fmt: skip
def test_a_network_that_knows_no_name_says_none(sent):
    assert given_name(sent) is None


@pytest.mark.parametrize(
    "sent",
    [
        "SMITH JOHN", "John Smith", "KELLER,JOHN F", "HARBOUR BIKES", "Marie-Claire", "DAVID LE", "PRIVATEER INC",
        "Annette Null", "JOE'S PIZZA CA", "WIRELESS WORLD", "Zoë", "李小龍",
    ],
)  # fmt: skip
def test_a_name_stays(sent):
    assert given_name(sent) == sent


@pytest.mark.parametrize(
    "sent", ["", None, "null", "NULL", "None", "undefined", "nil", "N/A", "unknown", "Anonymous", "NaN", "-"]
)
def test_a_field_with_a_placeholder_is_not_given(sent):
    assert given(sent) is None


@pytest.mark.parametrize(
    "sent", ["CHICOPEE", "0", "US", "Null Island", "false alarm", "+12025550123", "TN-Validation-Passed-A"]
)
def test_a_field_with_a_value_is_given(sent):
    assert given(sent) == sent


@pytest.mark.parametrize(
    ("sent", "code"),
    [(None, None), ("", None), ("0", None), ("00", None), ("null", None), ("30003", "30003")],
)
def test_no_error_is_also_written_as_zero(sent, code):
    assert given_code(sent) == code


@pytest.mark.parametrize(
    "sent", ["+12025550123", "12345", "MYBANK", "client:bob", "sip:bob@example.com", "+4640123456"]
)
def test_whoever_shows_something_is_not_withheld(sent):
    assert not is_withheld(sent)
