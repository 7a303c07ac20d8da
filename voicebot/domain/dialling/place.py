"""Where a number is: its country, its kind, and the time zones that whoever has it may live in."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import PhoneNumberType

from voicebot.domain.not_given import is_withheld
from voicebot.domain.person.daytime import zones_of, zones_of_parsed
from voicebot.domain.person.phone import DIALABLE_TYPES, country, is_dialable

# Barbados and Jamaica decide by more than the digits before the last four.
_NORTH_AMERICAN = re.compile(r"\+1(?!246|876)[2-9][0-9]{9}", re.ASCII)
_BLOCK = len("+1303555")


@dataclass(frozen=True)
class NumberPlace:
    """The place of a number that may be dialled. A call needs daytime in every one of `zones`."""

    country: str
    number_type: str
    zones: tuple[str, ...]


class NotCallable(Exception):
    """The number may not be dialled; `code` says why, and `words` say it to a person."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def place_of(number: str, allowed_countries: Collection[str], timezone: str | None = None) -> NumberPlace:
    """Return the place of an E.164 number. Raises NotCallable.

    `timezone` is the zone that the caller of the API knows, and goes before the number's own. A number without a known
    zone is not dialled, because its local time is unknown.
    """
    plain = _NORTH_AMERICAN.fullmatch(number) is not None and not is_withheld(number)
    known = _of_block(number[:_BLOCK]) if plain else _known(number)
    where = known.country
    if where is None or not known.dialable:
        raise NotCallable("not_callable", "This is no number that a person answers at the usual price.")
    if where not in allowed_countries:
        raise NotCallable("country_not_allowed", f"{where} is not in ALLOWED_COUNTRIES.")
    zones = (timezone,) if timezone else known.zones
    if not zones:
        raise NotCallable("unknown_zone", "Nobody knows the time zone of this number: give `timezone`.")
    return NumberPlace(where, known.number_type, tuple(sorted(zones)))


@dataclass(frozen=True, slots=True)
class _Known:
    country: str | None
    dialable: bool = False
    number_type: str = ""
    zones: tuple[str, ...] = ()


def _known(number: str) -> _Known:
    where = country(number)
    if where is None or not is_dialable(number, {where}):
        return _Known(where)
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return _Known(where, True, PhoneNumberType.to_string(kind).lower(), tuple(zones_of(number)))


@lru_cache(maxsize=1000)
def _one_of_each(where: str, kind: int, zones: tuple[str, ...]) -> _Known:
    return _Known(where, True, PhoneNumberType.to_string(kind).lower(), zones)


@lru_cache(maxsize=50_000)
def _of_block(block: str) -> _Known:
    """Return what holds for all ten thousand numbers of an exchange; lists have many numbers of few of them."""
    number = phonenumbers.parse(f"{block}0000")
    where, kind = phonenumbers.region_code_for_number(number), phonenumbers.number_type(number)
    if where is None or kind not in DIALABLE_TYPES:
        return _Known(where)
    return _one_of_each(where, kind, zones_of_parsed(number))


def is_time_zone(name: str) -> bool:
    """Whether it is the name of a zone, as `America/Denver`."""
    return name == "UTC" or ("/" in name and name in available_timezones())
