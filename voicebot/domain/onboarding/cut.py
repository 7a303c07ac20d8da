"""Cut a text into the parts that answer something, in time that grows with its length.

A full stop behind an abbreviation or an initial ends nothing: "John F. Keller", "St. Louis". A new part also begins where
the words say that a name or a place follows, in any language that we know.
"""

import re
from collections.abc import Sequence

from voicebot.domain.onboarding import leads
from voicebot.domain.onboarding.name_parts import TITLES, is_short_name
from voicebot.domain.onboarding.regions import is_region
from voicebot.domain.onboarding.tokens import MAX_ANSWER, Token, clean, joined, tokens

LONGEST = 600
"""Characters: what is longer tells a story."""

_LISTED = (re.compile(r"(?:^|(?<=\s))[1-9](?:[.):]| ?-)\s"), re.compile(r"\s(?:/|\||--?|\u2013|\u2014)\s"))
"""What people put before or between the answers of a list, twice at least: "1. Ann 2. Boston", "Ann / Boston / Alice"."""
_SHORT = 3
"""Letters of a word whose full stop may belong to it."""
_ASKS = frozenset(
    {
        "what",
        "when",
        "where",
        "who",
        "why",
        "how",
        "which",
        "can",
        "could",
        "will",
        "would",
        "do",
        "does",
        "is",
        "are",
    }
)


def parts_of(text: str) -> list[str]:
    """Return the parts in their order, none longer than an answer; a text that cannot be cut so is no part at all."""
    if len(text) > LONGEST:
        return []
    for separator in _LISTED:
        if len(separator.findall(text)) > 1:
            text = separator.sub("\n", text)
    parts: list[str] = []
    for line in text.splitlines():
        parts += _of_line(line)
    return parts if all(len(part) <= MAX_ANSWER for part in parts) else []


def _of_line(line: str) -> list[str]:
    found = [token for piece in _pieces(clean(line)) for token in tokens(piece)]
    parts: list[list[Token]] = [[]]
    place = 0
    while place < len(found):
        joins = leads.begins(found[place:], leads.JOINERS)
        size = _tells(found[place + joins :])
        if parts[-1] and (size or _ended(parts[-1][-1], found[place:])):
            parts.append([])
            place += joins if size else 0
        taken = max(1, _tells(found[place:]))
        parts[-1] += found[place : place + taken]
        place += taken
    return [joined(part) for part in parts if part]


def _pieces(line: str) -> list[str]:
    """Cut a line between words so that no piece is too long to be looked at."""
    pieces, piece = [], ""
    for word in line.split():
        if len(piece) + len(word) + 1 > MAX_ANSWER:
            pieces.append(piece)
            piece = ""
        piece = f"{piece} {word}".strip()
    return [*pieces, piece]


def _tells(rest: Sequence[Token]) -> int:
    """Return how many words say that a name or a place follows; one word does so before a colon."""
    size = leads.begins(rest, leads.TELLS_NAME) or leads.begins(rest, leads.TELLS_PLACE)
    if rest and rest[0].written.endswith(":") and rest[0].key in leads.PLACE_LABELS:
        return 1
    if size == 1 and not rest[0].written.endswith(":"):
        size = 1 if rest[0].key in ("nazywam", "mieszkam") else 0
    if size and rest[size - 1].key in ("name", "nombre"):
        # "Samantha is my name" ends there.
        size = size if rest[size - 1].written.endswith(":") else 0
    return size if size < len(rest) else 0


def _ended(last: Token, rest: Sequence[Token]) -> bool:
    """Whether a sentence ended with the last word."""
    if last.written[-1:] in "!?;":
        return True
    if not last.written.endswith("."):
        return False
    bare = last.written.strip(".,")
    if is_region(bare) and bare.isupper():
        # "Austin, TX."
        return True
    if len(bare) > _SHORT and "." not in bare and last.key not in TITLES:
        return True
    if is_short_name(last) and rest[0].written[:1].isupper():
        return True
    known = (leads.TELLS_NAME, leads.MAY_TELL_NAME, leads.TELLS_PLACE, leads.MAY_TELL_PLACE, leads.FILLERS)
    begins = any(leads.begins(rest, each) for each in known) and rest[0].written[:1].isupper()
    return len(bare) > 1 and (begins or rest[0].key in _ASKS)
