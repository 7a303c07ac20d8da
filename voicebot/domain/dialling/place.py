"""Where a number is: its country, its kind, and the time zones that whoever has it may live in."""

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import PhoneNumberType

from voicebot.domain.person.daytime import zones_of
from voicebot.domain.person.phone import country, is_dialable


@dataclass(frozen=True)
class NumberPlace:
    """What is known of a number that may be dialled. Every one of `zones` has to be awake."""

    country: str
    number_type: str
    zones: tuple[str, ...]


class NotCallable(Exception):
    """Nobody may be dialled there; `code` says why, `words` say it to a person."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def place_of(number: str, allowed_countries: Collection[str], timezone: str | None = None) -> NumberPlace:
    """Return where an E.164 number is. Raises NotCallable.

    `timezone` is what whoever asks for the call knows better than the number. A number whose zone nobody knows is not
    dialled: nobody could say what time it is there.
    """
    where = country(number)
    if where is None or not is_dialable(number, {where}):
        raise NotCallable("not_callable", "This is no number that a person answers at the usual price.")
    if where not in allowed_countries:
        raise NotCallable("country_not_allowed", f"{where} is not in ALLOWED_COUNTRIES.")
    zones = (timezone,) if timezone else zones_of(number)
    if not zones:
        raise NotCallable("unknown_zone", "Nobody knows the time zone of this number: give `timezone`.")
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return NumberPlace(where, PhoneNumberType.to_string(kind).lower(), tuple(sorted(zones)))


def is_time_zone(name: str) -> bool:
    """Whether it is the name of a zone, as `America/Denver`."""
    return name == "UTC" or ("/" in name and name in available_timezones())
