"""Which telephones a number of ours is local to: by the first digits of their numbers, so that a query only compares.

A telephone of the same area code is nearest, then one of the same state or province, then one of the same country.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers.geocoder import description_for_number

from voicebot.domain.person.phone import country

NORTH_AMERICA = 1
_STATES = (
    "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC Washington D.C.|"
    "FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|"
    "MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|"
    "NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|"
    "OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|"
    "VA Virginia|WA Washington State|WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico|AB Alberta|BC British Columbia|"
    "BC British Colombia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|"
    "NS Nova Scotia/Prince Edward Island|ON Ontario|QC Quebec|SK Saskatchewan"
)
_CODE_OF = {name: code for code, _, name in (each.partition(" ") for each in _STATES.split("|"))}


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
    region = _regions().get(area, ()) if parsed.country_code == NORTH_AMERICA else ()
    return NumberArea(where, tuple(sorted(prefixes)), region)


@lru_cache(maxsize=1)
def _regions() -> Mapping[str, tuple[str, ...]]:
    """Return, by each area code behind +1, the prefixes of the state or province that it belongs to."""
    codes: dict[str, list[str]] = defaultdict(list)
    for area in map(str, range(200, 990)):
        if state := _state_of(area):
            codes[state].append(area)
    return {area: tuple(f"+1{each}" for each in areas) for areas in codes.values() for area in areas}


def _state_of(area: str) -> str | None:
    place = description_for_number(phonenumbers.parse(f"+1{area}5550123"), "en")
    name, comma, code = place.rpartition(", ")
    return code if comma else _CODE_OF.get(name or place)
