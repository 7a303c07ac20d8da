"""Whether it is day at a person's place, judged by their number or by their own word."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as zones

from voicebot.domain.person.phone import person_number

FROM_HOUR, TO_HOUR = 9, 20
_UNKNOWN = "Etc/Unknown"


def is_daytime(now: datetime, number: str, *, timezone: str | None = None) -> bool:
    """Whether it is between nine and eight in the evening there; False when nothing tells where that is.

    A number that may be in several zones has day only while all of them have.
    """
    names = [timezone] if timezone and known_zone(timezone) else zones_of(number)
    hours = [now.astimezone(zone).hour for name in names if (zone := known_zone(name)) is not None]
    return bool(hours) and all(FROM_HOUR <= hour < TO_HOUR for hour in hours)


def zones_of(number: str) -> Collection[str]:
    """Return the time zones that a number may be in; none when nobody knows."""
    try:
        return zones_of_parsed(phonenumbers.parse(person_number(number)))
    except phonenumbers.NumberParseException:
        return ()


def zones_of_parsed(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    """Return the same of a number that was parsed."""
    return tuple(name for name in zones.time_zones_for_number(number) if name != _UNKNOWN)


def known_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of this name; None when this machine knows none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
