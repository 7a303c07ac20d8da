"""Phone numbers: hidden, read, placed and judged."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.person.phone import caller_key, country, is_dialable, mask, parse_e164


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+12025550123", "***23"),
        ("(202) 555-0123", "***23"),
        ("12345", "***45"),
        ("911", "***"),
        ("client:alice", "client:***"),
        ("client:alice7", "client:***"),
        ("sip:+12025550123@example.com", "sip:***"),
        ("whatsapp:+12025550123", "whatsapp:***23"),
        ("Anna 12025550123", "***"),
        ("anonymous", "anonymous"),
        ("Anonymous", "anonymous"),
        ("", ""),
    ],
)
def test_a_log_shows_the_end_of_a_number_and_nothing_of_a_name(number, shown):
    assert mask(number) == shown


@given(st.text(max_size=60))
def test_no_more_than_two_digits_of_anything_are_shown(text):
    assert len(re.findall(r"\d", mask(text))) <= 2


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+12025550123", None, "+12025550123"),
        (" +1 (202) 555-0123 ", None, "+12025550123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("202.555.0123", "US", "+12025550123"),
        ("030 123456", "DE", "+4930123456"),
        ("+44 20 7946 0018", "US", "+442079460018"),
    ],
)
def test_a_number_is_read_however_it_is_written(text, region, number):
    assert parse_e164(text, region) == number


@pytest.mark.parametrize(
    "text",
    [
        "", "anonymous", "client:+12025550123", "sip:2025550123@example.com", "whatsapp:+12025550123", "1-800-FLOWERS",
        "202 555 0123", "+1202", "+12025550123 ext 5", "call +12025550123", "+999123456789", "+1" + "2" * 60,
        "+12025550123\n+12025550124", "٢٠٢٥٥٥٠١٢٣",
    ],
)  # fmt: skip
def test_what_is_no_possible_number_is_none(text):
    assert parse_e164(text) is None


@given(st.text(max_size=60), st.sampled_from([None, "US", "XX"]))
def test_any_text_is_a_number_in_e164_or_none(text, region):
    number = parse_e164(text, region)

    assert number is None or re.fullmatch(r"\+[1-9][0-9]{3,16}", number)


@pytest.mark.parametrize(
    ("number", "where"),
    [
        ("+12025550123", "US"),
        ("+14165550123", "CA"),
        ("+442079460018", "GB"),
        ("+18765550123", "JM"),
        ("+881612345678", None),
        ("+15550100001", None),
        ("client:alice", None),
    ],
)
def test_a_number_has_the_country_that_it_is_dialled_in(number, where):
    assert country(number) == where


def test_a_number_of_an_allowed_country_may_be_dialled():
    assert is_dialable("+12025550123", {"US"})
    assert is_dialable("+442079460018", {"US", "GB"})


@pytest.mark.parametrize(
    "number",
    [
        "+881612345678",  # satellite: valid and of type MOBILE, but of no country
        "+883510012345",  # international networks
        "+18765550123",  # Jamaica behind +1
        "+18095550123",  # Dominican Republic behind +1
        "+442079460018",  # not an allowed country
        "+19005550123",  # premium rate
        "anonymous", "client:alice", "",
    ],
)  # fmt: skip
def test_a_number_that_costs_more_than_expected_is_not_dialled(number):
    assert not is_dialable(number, {"US"})


@pytest.mark.parametrize("number", ["+447012345678", "+448712345678", "+448001111111"])
def test_personal_and_premium_numbers_of_an_allowed_country_are_not_dialled(number):
    assert not is_dialable(number, {"GB"})


def test_no_number_is_dialled_where_no_country_is_allowed():
    assert not is_dialable("+881612345678", {"001", None, "US"})
    assert not is_dialable("+12025550123", ())


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("+12025550123", "+12025550123"),
        ("2025550123", "+12025550123"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("", "anonymous"),
        (" Anonymous ", "anonymous"),
        ("UNAVAILABLE", "anonymous"),
        ("+86282452253", "anonymous"),
        ("client:anonymous", "client:anonymous"),
        ("sip:bob@example.com", "sip:bob@example.com"),
        ("+0", "+0"),
        ("\uff0b12025550123", "\uff0b12025550123"),
    ],
)
def test_a_caller_is_blocked_by_one_key_however_the_carrier_writes_it(sent, key):
    assert caller_key(sent, "US") == key
