"""Which telephones a number of ours is local to: by the first digits of their numbers, so that a query only compares.

A telephone of the same area code is nearest, then one of the same state or province, then one of the same country.
"""

from dataclasses import dataclass

import phonenumbers

from voicebot.domain.dialling.north_america import REGION_OF, REGIONS
from voicebot.domain.person.phone import country

NORTH_AMERICA = 1


@dataclass(frozen=True)
class NumberArea:
    """Where a number is at home: its country, and how the numbers of its area and of its state begin; in E.164."""

    country: str | None = None
    area_prefixes: tuple[str, ...] = ()
    region_prefixes: tuple[str, ...] = ()


def area_of(number: str) -> NumberArea:
    """Return where an E.164 number is at home; a number with no place, as a toll-free one, is local to nobody."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return NumberArea()
    where = country(number)
    length = phonenumbers.length_of_geographical_area_code(parsed)
    if where is None or not length:
        return NumberArea(where)
    area = phonenumbers.national_significant_number(parsed)[:length]
    begins = f"+{parsed.country_code}"
    # In some countries a digit before the area code says that the telephone is a mobile one: it is of the same area.
    mobile = phonenumbers.country_mobile_token(parsed.country_code or 0)
    area = area.removeprefix(mobile)
    prefixes = {begins + area, begins + mobile + area}
    region: tuple[str, ...] = ()
    if parsed.country_code == NORTH_AMERICA and area in REGION_OF:
        region = tuple(f"{begins}{each}" for each in REGIONS[REGION_OF[area]])
    return NumberArea(where, tuple(sorted(prefixes)), region)
