"""One telephone is one person, however carriers and people spell its number."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.numbers.spellings import NATIONAL, SPELLINGS, WITHHELD, WITHHELD_BY_WORD
from voicebot.domain import not_given
from voicebot.domain.person.countries import is_among
from voicebot.domain.person.phone import (
    ANONYMOUS,
    caller_key,
    is_dialable,
    parse_e164,
    person_number,
    why_not_dialable,
)


@pytest.mark.parametrize(("spelling", "whose"), SPELLINGS)
def test_a_telephone_is_the_same_person_in_every_spelling(spelling, whose):
    assert person_number(spelling, "US") == whose
    assert person_number(whose, "US") == whose


@pytest.mark.parametrize("sent", WITHHELD + WITHHELD_BY_WORD)
def test_a_withheld_number_is_no_person(sent):
    assert person_number(sent, "US") == caller_key(sent, "US") == ANONYMOUS
    assert why_not_dialable(sent, {"US"}) == "withheld"


@pytest.mark.parametrize("sent", ["Verborgen", "HIDDEN CALLER", "Wireless", "Sin número"])
def test_a_caller_who_shows_a_word_withholds_the_number(sent):
    assert caller_key(sent, "US") == ANONYMOUS


@pytest.mark.parametrize(("sent", "region", "whose"), NATIONAL)
def test_a_number_without_a_country_is_of_the_country_that_it_called(sent, region, whose):
    assert person_number(sent, region) == whose


@given(st.text(max_size=60), st.sampled_from([None, "US", "MX", "AR", "XX"]))
def test_whose_a_number_is_does_not_change_when_it_is_asked_again(text, region):
    once = person_number(text, region)

    assert person_number(once, region) == once


def test_a_word_on_a_telephones_keys_is_nobodys_real_number():
    # The carriers' own choice: RESTRICTED behind a 1 looks like a number in Texas, and carriers send it all the same.
    taken = {"+17378742833"}
    dialled = {f"{prefix}{keys}" for prefix in ("+", "+1") for keys in not_given._ON_KEYS}

    assert {each for each in dialled if _is_valid(each)} <= taken


def _is_valid(number):
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("+5215512345678", "+525512345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+55 61 9123-4567", "+5561991234567"),
        ("+229 90 12 34 56", "+2290190123456"),
        # A landline and a mobile of Argentina look alike: what was typed is what is called.
        ("+54 11 4321-4321", "+541143214321"),
    ],
)
def test_a_typed_number_is_read_as_its_country_writes_it_today(typed, read):
    assert parse_e164(typed) == read


@pytest.mark.parametrize(
    "number",
    [
        "+17872345678", "+19392345678", "+13407771234", "+16712345678", "+16846331234", "+16702345678",
        "whatsapp:+17872345678",
    ],
)  # fmt: skip
def test_a_number_of_a_territory_may_be_texted_where_its_country_may(number):
    assert is_dialable(number.removeprefix("whatsapp:"), {"US"})
    assert not is_dialable(number.removeprefix("whatsapp:"), {"CA"})


@pytest.mark.parametrize("country", ["PR", "VI", "GU", "AS", "MP"])
def test_a_territory_belongs_to_its_country_and_not_the_other_way_round(country):
    assert is_among(country, {"US"})
    assert is_among(country, {country})
    assert not is_among("US", {country})


@pytest.mark.parametrize("country", ["JM", "DO", "BS", "CA", "GB", None])
def test_what_only_shares_the_code_belongs_to_nobody_else(country):
    assert not is_among(country, {"US"})


@pytest.mark.parametrize(
    ("number", "country", "why"),
    [
        ("whatsapp:+5215512345678", "MX", None),
        ("+525512345678", "MX", None),
        ("whatsapp:+556191234567", "BR", None),
        ("+525512345678", "US", "country"),
        ("+442079460018", "US", "country"),
        ("+19005550123", "US", "line"),
        ("12345", "US", "line"),
        ("MYBANK", "US", "line"),
        ("+266696687", "US", "withheld"),
    ],
)
def test_why_somebody_is_not_texted_has_a_name(number, country, why):
    assert why_not_dialable(number, {country}) == why
