"""Count the segments of a text as Twilio bills them (handbook 6.5)."""

from dataclasses import dataclass
from enum import StrEnum

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Sent as an escape and a character: two units that are never parted."""

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\t", " "),
        **dict.fromkeys("\u200b\ufeff\u00ad", None),
        "…": "...",
        "•": "-",
    }
)


class Encoding(StrEnum):
    """How the carrier writes the characters."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


SINGLE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}
"""Units of each part when there are several: the rest joins them on the handset."""


@dataclass(frozen=True)
class Segments:
    """The size of a text: `units` are septets or UTF-16 units, `count` is billed."""

    encoding: Encoding
    units: int
    count: int


def segments(text: str) -> Segments:
    """Return how many segments the text takes; one character outside GSM-7 turns all of it into UCS-2."""
    if all(char in GSM7_BASIC or char in GSM7_EXTENSION for char in text):
        encoding, costs = Encoding.GSM7, [2 if char in GSM7_EXTENSION else 1 for char in text]
    else:
        encoding, costs = Encoding.UCS2, [utf16_units(char) for char in text]
    units = sum(costs)
    if units <= SINGLE[encoding]:
        return Segments(encoding, units, 1)
    return Segments(encoding, units, _parts(costs, PART[encoding]))


def _parts(costs: list[int], size: int) -> int:
    parts, used = 1, 0
    for cost in costs:
        # What takes two units begins a new part rather than being torn.
        if used + cost > size:
            parts, used = parts + 1, 0
        used += cost
    return parts


def utf16_units(text: str) -> int:
    """Return the length of a text in UTF-16 units, which is how message bodies are limited."""
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def in_gsm7(text: str) -> str:
    """Return the text with typographic punctuation made plain where that makes all of it GSM-7, else unchanged."""
    plain = text.translate(_PLAIN)
    return plain if segments(plain).encoding is Encoding.GSM7 else text
