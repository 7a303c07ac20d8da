"""Phone numbers: hide them in logs, read them from text, know their country, and whether to dial them."""

import re
from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

MASK = "***"
SHOWN_DIGITS = 2
MASKED_FROM_DIGITS = 5
"""Shorter ones are hidden whole: two digits would be half of it."""

NO_NUMBERS = frozenset({"", "anonymous", "unknown", "unavailable", "restricted", "private"})
"""What carriers send in place of a withheld number; nothing in it to hide."""

ANONYMOUS = "anonymous"
"""What all withheld callers are blocked as, together."""

_WORDS_AS_KEYS = frozenset({"+266696687", "+2562533", "+7378742833", "+8656696", "+86282452253"})
"""ANONYMOUS, BLOCKED, RESTRICTED, UNKNOWN and UNAVAILABLE as they are spelt on a telephone's keys: how some carriers
write a withheld number."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SCHEME = re.compile(r"(client|sips?|whatsapp|messenger):")
_NUMBER = re.compile(r"\s*(?:\+|\()?[0-9][0-9 ()./-]{1,38}", re.ASCII)

DIALABLE_TYPES = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
"""What a person answers at the usual price: no premium, shared-cost, personal or toll-free numbers, no pagers."""


def mask(number: str) -> str:
    """Return what a log may show of a number or address: its scheme and its last two digits.

    Takes anything a carrier may send, `client:`, `sip:` and `anonymous` too.
    """
    if number.lower() in NO_NUMBERS:
        return number.lower()
    scheme = _SCHEME.match(number)
    prefix = scheme.group() if scheme else ""
    digits = re.findall(r"[0-9]", number[len(prefix) :])
    # A name or a host may hold digits too, but its last two characters are nobody's business.
    is_number = _parsed_loosely(number[len(prefix) :]) and len(digits) >= MASKED_FROM_DIGITS
    return prefix + MASK + ("".join(digits[-SHOWN_DIGITS:]) if is_number else "")


def parse_e164(text: str, default_region: str | None = None) -> str | None:
    """Return the number in E.164, or None if the text is not one possible phone number.

    A number without a country code needs `default_region` (two letters). Addresses such as
    `client:…` and words are no numbers, even if digits are in them.
    """
    number = _parsed(text, default_region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def caller_key(sent: str, default_region: str | None = None) -> str:
    """Return what a caller is blocked by: the number in E.164, `anonymous` for a withheld one, else what was sent."""
    if sent.strip().lower() in NO_NUMBERS or sent in _WORDS_AS_KEYS:
        return ANONYMOUS
    return sent if _E164.fullmatch(sent) else parse_e164(sent, default_region) or sent


def country(number: str) -> str | None:
    """Return the two-letter country of an E.164 number.

    None for what is no valid number and for numbers of no country (satellites, +800).
    """
    parsed = _parsed(number, None)
    region = phonenumbers.region_code_for_number(parsed) if parsed else None
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


def is_dialable(number: str, allowed_countries: Collection[str]) -> bool:
    """Whether we may call or text this E.164 number: first its country, then what kind it is.

    The kind alone is no filter: satellite numbers are valid and of type MOBILE.
    """
    parsed, where = _parsed(number, None), country(number)
    if parsed is None or where is None or where not in allowed_countries:
        return False
    return phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in DIALABLE_TYPES


def _parsed_loosely(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    # phonenumbers finds a number inside almost any text, and reads letters as keys.
    if not _parsed_loosely(text):
        return None
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
