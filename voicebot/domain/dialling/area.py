"""Find the telephones for which a number of ours is local, by their first digits, so that a query only compares text.

Nearest is the same area code, then the same state or province, then the same country.
"""

from dataclasses import dataclass

import phonenumbers

from voicebot.domain.dialling.north_america import REGION_OF, REGIONS
from voicebot.domain.person.phone import country

NORTH_AMERICA = 1


@dataclass(frozen=True)
class NumberArea:
    """The home of a number: its country, and the first digits (E.164) of the numbers in its area and in its state."""

    country: str | None = None
    area_prefixes: tuple[str, ...] = ()
    region_prefixes: tuple[str, ...] = ()


def area_of(number: str) -> NumberArea:
    """Return the home of an E.164 number; a toll-free number has none and is local to nobody."""
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
