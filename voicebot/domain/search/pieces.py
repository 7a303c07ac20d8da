"""The words, phrases and qualifiers of a search, each with all of its value. Pure.

People write "number:+1 202 555 0123", "outcome:not answered" and "latency:> 2 s" without quotes, and paste a number alone.
"""

import re
from dataclasses import dataclass

from voicebot.domain.person.phone import parse_e164
from voicebot.domain.search.outcomes import outcome_codes

BEGINNING = re.compile(r"\+[0-9][0-9 ().-]{0,18}", re.ASCII)
"""Of a number."""
_PIECE = re.compile(r'(?:(?P<name>[^\W\d][\w-]*):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))', re.UNICODE)
_AMOUNT_APART = re.compile(
    r"(?P<asked>\b(?:latency|cost):)(?P<op>[<>]=?|=)?[ ]?(?P<amount>[$€£]?[0-9][0-9.,]*)"
    r"(?:[ ]?(?P<unit>ms|s|sec|seconds?)(?=\s|$))?",
    re.I,
)
_NUMBER_PART = re.compile(r"[+(]?[0-9][0-9().+/-]*|[()/-]+", re.ASCII)
_NUMBER_BEGINS = re.compile(r"\+|\(|00[1-9]|(?:[().-]*[0-9]){10}", re.ASCII)
MOST_JOINED = 7
"""Of words that make one value without quotes: a number in groups, an outcome, a name."""


@dataclass(frozen=True)
class Piece:
    """A word, a phrase or a qualifier with its value; `typed` is all of it."""

    typed: str
    name: str
    value: str
    is_quoted: bool = False
    is_closed: bool = True

    @property
    def is_word(self) -> bool:
        """Whether it is a word by itself."""
        return not self.name and not self.is_quoted


def pieces(typed: str, country: str | None) -> list[Piece]:
    """Return what a search is made of; `country` is where numbers without a plus sign are at home."""
    apart = _PIECE.finditer(_AMOUNT_APART.sub(_amount_together, typed))
    read = [
        Piece(
            found[0],
            (found["name"] or "").lower(),
            (found["bare"] if found["quoted"] is None else found["quoted"]).strip(),
            found["quoted"] is not None,
            found["quoted"] is None or found[0].count('"') == 2,
        )
        for found in apart
    ]
    found_ones: list[Piece] = []
    at = 0
    while at < len(read):
        piece, taken = _together(read[at : at + MOST_JOINED], country)
        found_ones.append(piece)
        at += taken
    return found_ones


def _together(read: list[Piece], country: str | None) -> tuple[Piece, int]:
    """Return the first piece with the words behind it that are part of its value, as people write them without quotes."""
    first = read[0]
    if first.is_quoted or first.name not in ("", "number", "outcome", "person"):
        return first, 1
    words = 1
    while words < len(read) and read[words].is_word:
        words += 1
    for taken in range(words, 0, -1):
        value = " ".join(one.value for one in read[:taken])
        if _is_one_value(first.name, value, read[1:taken], country):
            name = first.name or "number"
            return Piece(" ".join(one.typed for one in read[:taken]), name, value), taken
    return first, 1


def _is_one_value(name: str, value: str, behind: list[Piece], country: str | None) -> bool:
    match name:
        case "outcome":
            return bool(outcome_codes(value))
        case "person":
            # "person:Ada refund" asks for a word of somebody.
            return all(one.value[:1].isupper() for one in behind) and value[:1].isupper()
        case _ if any(not _NUMBER_PART.fullmatch(one.value) for one in behind):
            return False
        case "number":
            return parse_e164(value, country) is not None or bool(behind and BEGINNING.fullmatch(value))
    # A number that stands alone, not one that was spoken digit by digit.
    together = value.replace(" ", "")
    is_number = _NUMBER_BEGINS.match(together) and _NUMBER_PART.fullmatch(together)
    return bool(is_number) and parse_e164(value, country) is not None


def _amount_together(found: re.Match[str]) -> str:
    unit = (found["unit"] or "").lower()
    return f"{found['asked']}{found['op'] or ''}{found['amount']}{'ms' if unit == 'ms' else unit[:1]}"
