"""Phone numbers: the person they belong to, their forms in text, logs and the database, their country, and whether to
dial them.

One telephone is one person, however its number is written. `private.person_number` decides the same in the database.
"""

import re
from collections.abc import Collection
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from voicebot.domain.not_given import is_withheld
from voicebot.domain.person.addresses import bare_number
from voicebot.domain.person.countries import is_among

MASK = "***"
SHOWN_DIGITS = 2
MASKED_FROM_DIGITS = 5
"""Shorter ones are hidden whole: two digits would be half of it."""

ANONYMOUS = "anonymous"
"""The identifier of all callers who withhold their number, together. It is no person and has no account."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SCHEME = re.compile(r"(client|sips?|whatsapp|rcs|messenger|tel|sms):")
_WORD_SENT = re.compile(r"[^0-9:@]+")
_PLAIN = re.compile(
    r"(\+1[ .-]?)?(?:1[ .-]?)?\(?([2-9][0-9]{2})\)?[ .-]{0,2}([0-9]{3})[ .-]?([0-9]{4})", re.ASCII
)
_PLAIN_AT_HOME = frozenset({"US", "CA"})
_FROM_ABROAD = re.compile(r"\s*00(?=[ ]?[1-9])", re.ASCII)
_NUMBER = re.compile(r"\s*(?:\+|\()?[0-9][0-9 ()./-]{1,38}", re.ASCII)

# How numbers were written before their country gave them another form. Carriers and WhatsApp still use the old ones.
_RENUMBERED = tuple(
    (re.compile(old), new)
    for old, new in (
        (r"\+52(?:1|01|044|045)([0-9]{10})", r"+52\1"),  # Mexico: the 1 of mobiles went in 2019
        (r"\+550?([1-9][1-9])([6-9][0-9]{7})", r"+55\g<1>9\2"),  # Brazil: mobiles have nine digits since 2016
        (r"\+570([1-9][0-9]{9})", r"+57\1"),  # Colombia: a trunk zero that the library keeps
        (r"\+229([0-9]{8})", r"+22901\1"),  # Benin: 01 stands before all numbers since 2024
        (
            r"\+225([04-9][0-3][0-9]{6})",
            r"+22501\1",
        ),  # Ivory Coast: the operator stands before mobiles since 2021
        (r"\+225([04-9][4-6][0-9]{6})", r"+22505\1"),
        (r"\+225([04-9][7-9][0-9]{6})", r"+22507\1"),
        (r"\+2410([256][0-9]{6})", r"+2416\1"),  # Gabon: the operator stands before mobiles since 2019
        (r"\+2410([47][0-9]{6})", r"+2417\1"),
    )
)
# Argentina: a mobile is dialled with a 9 from abroad and with a 15 at home, and shows neither when it calls.
_ARGENTINE = re.compile(r"\+54(11[0-9]{8}|[23][0-9]{9})")

DIALABLE_TYPES = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
"""Kinds of lines that a person answers at the usual price: no premium, shared-cost, personal or toll-free numbers, no
pagers.
"""


def mask(number: str) -> str:
    """Return what a log may show of a number or address: its scheme and its last two digits.

    Takes anything a carrier may send, `client:`, `sip:` and `anonymous` too.
    """
    if (number.strip().isalpha() and is_withheld(number)) or not number.strip():
        return number.strip().lower()
    scheme = _SCHEME.match(number)
    prefix = scheme.group() if scheme else ""
    digits = re.findall(r"[0-9]", number[len(prefix) :])
    # A name or a host may hold digits too, but its last two characters are nobody's business.
    is_number = _parsed_loosely(number[len(prefix) :]) and len(digits) >= MASKED_FROM_DIGITS
    return prefix + MASK + ("".join(digits[-SHOWN_DIGITS:]) if is_number else "")


def parse_e164(text: str, default_region: str | None = None) -> str | None:
    """Return the number in E.164; None when the text is not one possible phone number.

    A number without a country code needs `default_region` (two letters). Addresses such as `client:…` and words are no
    numbers, even with digits in them.
    """
    if is_withheld(text):
        return None
    if plain := _plain_number(text, default_region):
        return plain
    number = _parsed(text, default_region)
    if number is None:
        return None
    if not phonenumbers.is_possible_number(number) and (abroad := _FROM_ABROAD.match(text)):
        # Where another prefix leads abroad, people write 00 all the same.
        return parse_e164(f"+{text[abroad.end() :]}")
    current = _renumbered(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    read = _parsed(current, None)
    return current if read is not None and phonenumbers.is_possible_number(read) else None


def person_number(sent: str, default_region: str | None = None) -> str:
    """Return the canonical form of a telephone's number, by which its person is identified.

    The channel, a trunk zero and the former formats of a country do not count. A withheld number gives `anonymous`; a
    text that is no telephone number comes back unchanged.
    """
    bare = bare_number(sent)
    if is_withheld(bare):
        return ANONYMOUS
    number = parse_e164(bare, default_region) or (_renumbered(bare) if _E164.fullmatch(bare) else None)
    if number is None:
        return bare
    return f"+549{mobile[1]}" if (mobile := _ARGENTINE.fullmatch(number)) else number


def caller_key(sent: str, default_region: str | None = None) -> str:
    """Return the identifier by which a caller is known and blocked: `person_number`, with every plain word taken as a
    withheld number.

    This is for calls only: companies sign their texts with a word.
    """
    return (
        ANONYMOUS if _WORD_SENT.fullmatch(sent) and "+" not in sent else person_number(sent, default_region)
    )


def means_withheld(typed: str) -> bool:
    """Whether the typed text means all callers who withhold their number: the word itself, or a word that displays show
    for it.
    """
    text = typed.strip()
    return text.lower() == ANONYMOUS or (text[-1:].isdigit() and is_withheld(text))


@lru_cache(maxsize=64)
def country(number: str) -> str | None:
    """Return the two-letter country of an E.164 number.

    None for what is no valid number and for numbers of no country (satellites, +800).
    """
    parsed = _parsed(number, None)
    region = phonenumbers.region_code_for_number(parsed) if parsed else None
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


def is_dialable(number: str, allowed_countries: Collection[str]) -> bool:
    """Whether we may call or text this E.164 number."""
    return why_not_dialable(number, allowed_countries) is None


def why_not_dialable(number: str, allowed_countries: Collection[str]) -> str | None:
    """Return why we may not call or text this number: `withheld`, `country` or `line` (its kind); None when we may.

    The kind alone is no filter: satellite numbers are valid and of type MOBILE.
    """
    whose = person_number(number)
    if whose == ANONYMOUS:
        return "withheld"
    parsed = _parsed(whose, None)
    if parsed is None or not is_among(country(whose), allowed_countries):
        return "country" if parsed is not None else "line"
    is_line = phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in DIALABLE_TYPES
    return None if is_line else "line"


def _plain_number(text: str, region: str | None) -> str | None:
    """Read ten digits of North America without the library, which finds the same; None: ask it."""
    found = _PLAIN.fullmatch(text)
    if found is None or not (found[1] or region in _PLAIN_AT_HOME):
        return None
    return f"+1{found[2]}{found[3]}{found[4]}"


def _renumbered(number: str) -> str:
    for old, new in _RENUMBERED:
        if old.fullmatch(number):
            return old.sub(new, number)
    return number


def _parsed_loosely(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


# Several questions are asked of one number in a row.
@lru_cache(maxsize=64)
def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    # phonenumbers finds a number inside almost any text, and reads letters as keys.
    if not _parsed_loosely(text):
        return None
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
