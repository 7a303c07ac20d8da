"""Numbers of North America are read without the library: what is found is what the library finds."""

import random
import re
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType
from phonenumbers import timezone as zones
from phonenumbers.tzdata import TIMEZONE_DATA

from tests.support.examples import rounds
from voicebot.domain.dialling.place import NotCallable, NumberPlace, place_of
from voicebot.domain.not_given import is_withheld
from voicebot.domain.person.phone import DIALABLE_TYPES, parse_e164

SPELT = (
    "+1{0}{1}{2}", "{0}{1}{2}", "1{0}{1}{2}", "({0}) {1}-{2}", "({0}){1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "{0} {1} {2}",
    "+1 {0} {1} {2}", "+1-{0}-{1}-{2}", "+1 ({0}) {1}-{2}", "+1({0}){1}{2}", "1-{0}-{1}-{2}", "1 ({0}) {1}-{2}",
    "+1.{0}.{1}.{2}", "+11{0}{1}{2}", "+1 1 {0} {1} {2}", "11{0}{1}{2}", "001{0}{1}{2}", "+{0}{1}{2}", "({0} {1}-{2}",
    "{0}) {1}-{2}", "{0}--{1}-{2}", "{0} -{1}-{2}", "1({0}){1}-{2}", "+1{0}{1}{2}0", "+1{0}{1}", "{0}/{1}/{2}", "0{0}{1}{2}",
)  # fmt: skip
REGIONS = ("US", "CA", "JM", "PR", "BB", "DE", "GB", "MX", "AU", None)
COUNTRIES = set(phonenumbers.SUPPORTED_REGIONS)
NORTH_AMERICA = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]
FIRST_THREE = [str(code) for code in range(200, 1000)]


def by_the_library(text: str, region: str | None) -> str | None:
    """The number as the library alone reads it."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def spellings(seed: int, count: int) -> Iterator[tuple[str, str | None]]:
    """What people write for numbers, right and wrong."""
    chance = random.Random(seed)
    for _ in range(count):
        middle, last = f"{chance.randint(0, 999):03}", f"{chance.randint(0, 9999):04}"
        first = chance.choice(FIRST_THREE) if chance.random() < 0.9 else f"{chance.randint(0, 999):03}"
        yield chance.choice(SPELT).format(first, middle, last), chance.choice(REGIONS)


@pytest.mark.parametrize("seed", range(4))
def test_every_spelling_is_read_as_the_library_reads_it(seed: int) -> None:
    wrong = []
    for text, region in spellings(seed, 2000):
        expected = by_the_library(text, region)
        # The other way is followed only where the number begins with +1.
        if expected is None or not expected.startswith("+1") or is_withheld(text):
            continue
        if parse_e164(text, region) != expected:
            wrong.append((text, region, expected))

    assert wrong == []


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_read_that_the_library_does_not_read(seed: int) -> None:
    read = [(text, region, parse_e164(text, region)) for text, region in spellings(seed + 100, 2000)]

    wrong = [
        one
        for one in read
        if one[2] and one[2].startswith("+1") and by_the_library(one[0], one[1]) != one[2]
        # Where another prefix leads abroad, 00 is read all the same.
        if not one[0].startswith("00")
    ]
    assert wrong == []


def known_of(number: str) -> NumberPlace | None:
    """Where a number is, by the library alone; None: nobody is dialled there."""
    parsed = phonenumbers.parse(number)
    where, kind = phonenumbers.region_code_for_number(parsed), phonenumbers.number_type(parsed)
    names = [name for name in zones.time_zones_for_number(parsed) if name != "Etc/Unknown"]
    if where not in COUNTRIES or kind not in DIALABLE_TYPES or not names or is_withheld(number):
        return None
    return NumberPlace(where, PhoneNumberType.to_string(kind).lower(), tuple(sorted(names)))


def placed(number: str) -> NumberPlace | None:
    try:
        return place_of(number, COUNTRIES)
    except NotCallable:
        return None


@pytest.mark.parametrize("seed", range(4))
def test_every_number_is_where_the_library_says(seed: int) -> None:
    chance = random.Random(seed)
    numbers = [
        f"+1{chance.choice(FIRST_THREE)}{chance.randint(0, 9_999_999):07}" for _ in range(rounds(7500))
    ]
    # Few exchanges of a few areas, among them those that are another country's.
    numbers += [
        f"+1{area}{chance.randint(200, 999)}{chance.randint(0, 9999):04}"
        for area in ("303", "212", "416", "246", "787", "876", "658", "242", "907", "808", "800", "900", "500", "737", "867")
        for _ in range(rounds(300))
    ]  # fmt: skip

    assert [number for number in numbers if placed(number) != known_of(number)] == []


def alternatives(pattern: str) -> Iterator[str]:
    """What a pattern may be, the alternatives of its last brackets apart."""
    begin = depth = 0
    parts = []
    for place, mark in enumerate(pattern):
        depth += (mark in "([") - (mark in ")]")
        if mark == "|" and depth == 0:
            parts.append(pattern[begin:place])
            begin = place + 1
    for part in [*parts, pattern[begin:]]:
        if part.endswith(")") and part.startswith("(?:") and part.count("(") == 1:
            yield from alternatives(part[3:-1])
        else:
            yield part


def test_every_rule_of_north_america_leaves_the_last_four_digits_open() -> None:
    kinds = (
        "fixed_line",
        "mobile",
        "toll_free",
        "premium_rate",
        "shared_cost",
        "personal_number",
        "voip",
        "pager",
        "uan",
    )
    closed = set()
    for region in NORTH_AMERICA:
        metadata = PhoneMetadata.metadata_for_region(region)
        for kind in ("general_desc", *kinds, "voicemail"):
            described = getattr(metadata, kind)
            pattern = described.national_number_pattern if described else None
            for one in alternatives(pattern or ""):
                if pattern and not re.search(r"\\d\{[4-9]\}$", one):
                    closed.add((region, one[:3]))

    assert closed == {("BB", "246"), ("JM", "876")}
    assert max(len(prefix) for prefix in TIMEZONE_DATA if prefix.startswith("1")) <= len("1303555")
