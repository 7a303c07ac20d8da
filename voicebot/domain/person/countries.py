"""Countries by their two letters, as ALLOWED_COUNTRIES names them."""

from collections.abc import Collection

import phonenumbers

_BELONGS_TO = {
    # Behind +1, at the price of the mainland: +1787, +1939, +1340, +1671, +1684, +1670.
    "PR": "US", "VI": "US", "GU": "US", "AS": "US", "MP": "US",
    # Parts of a country that share its numbers: a number does not show which part.
    "SJ": "NO", "AX": "FI", "CX": "AU", "CC": "AU",
}  # fmt: skip


def is_country(code: str) -> bool:
    """Tell whether `code` is an ISO 3166 code in capitals that has phone numbers ("GB", but not "UK")."""
    return code in phonenumbers.SUPPORTED_REGIONS


def home_of(country: str | None) -> str | None:
    """Return the country that a territory belongs to ("US" for "PR"); every other country is its own."""
    return _BELONGS_TO.get(country or "", country)


def is_among(country: str | None, allowed: Collection[str]) -> bool:
    """Whether a country is allowed, by its own name or as a territory of one that is."""
    return country is not None and (country in allowed or home_of(country) in allowed)
