"""Read the place of a location that somebody shared on WhatsApp (handbook 6.1)."""

from collections.abc import Mapping

from voicebot.domain.onboarding.places import MAX_PLACE
from voicebot.domain.onboarding.tokens import clean

MAX_ADDRESS, MAX_COORDINATE = 300, 32
MOST_PARTS = 3
"""Of an address, counted from its end: city, state, country."""


def place_of_pin(details: Mapping[str, object]) -> str | None:
    """Return the place of a shared location in the carrier's report of a text; None without a location.

    The place is the address without its street, or the label, or the coordinates to about a kilometre, because the
    question was for a city or a region.
    """
    try:
        latitude, longitude = (
            float(str(details[field])[:MAX_COORDINATE]) for field in ("Latitude", "Longitude")
        )
    except (KeyError, ValueError):
        return None
    # Also what is no number: it is within no bounds.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    told = _without_street(_plain(details.get("Address"))) or _plain(details.get("Label"))
    if any(map(str.isalpha, told)):
        return told[:MAX_PLACE].rstrip(" ,")
    return f"{latitude:.2f}, {longitude:.2f}"


def _plain(value: object) -> str:
    return clean(str(value or "")[:MAX_ADDRESS])


def _without_street(address: str) -> str:
    """Return the end of an address: "1 Main St, Springfield, IL 62701, USA" without its street."""
    parts = [part.strip() for part in address.split(",") if part.strip()]
    # The last part with a house number ends the street: "Av. Paulista, 1578, São Paulo".
    numbers = [place for place, part in enumerate(parts[:-1]) if part.isdigit()]
    parts = parts[numbers[-1] + 1 :] if numbers else parts
    while len(parts) > 1 and _is_street(parts[0]):
        parts.pop(0)
    return ", ".join(parts[-MOST_PARTS:])


def _is_street(part: str) -> bool:
    """Whether a part of an address has a house number; a postal code before a city is none."""
    words = part.split()
    numbers = [word for word in words if any(map(str.isdigit, word))]
    postal = len(numbers) == 1 and words[0] == numbers[0] and len(numbers[0]) in (4, 5) and len(words) > 1
    return bool(numbers) and not (postal and numbers[0].isdigit())
