"""Words that a voice is given in another spelling, so that it says them as people do. The written word stays everybody's own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from voicebot.domain.answer.spoken_numbers import numbers_said

Pronunciations = tuple[tuple[str, str], ...]
"""Pairs of a word as it is written and as a voice is to read it."""


@dataclass(frozen=True, slots=True)
class Respelt:
    """A text as a voice gets it. `spans` are what was replaced: (begin, end) here, and (begin, end) in the written text."""

    text: str
    spans: Sequence[tuple[int, int, int, int]] = ()

    def heard(self, chars: int) -> int:
        """Return how many characters of the written text `chars` heard ones of this text are; a word counts as a whole."""
        shift = 0
        for begin, end, written_begin, written_end in self.spans:
            if chars <= begin:
                break
            if chars < end:
                return written_end if chars > begin else written_begin
            shift = written_end - end
        return chars + shift

    def written(self, index: int) -> int:
        """Return the place in the written text for a place in this one; inside a replaced word, the same share of the way."""
        shift = 0
        for begin, end, written_begin, written_end in self.spans:
            if index < begin:
                break
            if index < end:
                return written_begin + (index - begin) * (written_end - written_begin) // (end - begin)
            shift = written_end - end
        return index + shift


def respelt(text: str, pronunciations: Pronunciations, numbers_in: str = "") -> Respelt:
    """Return the text as it should be read aloud: whole words only, in any case.

    `numbers_in` is the language in which figures become words, for a voice that reads figures unreliably.
    """
    pieces: list[str] = []
    spans: list[tuple[int, int, int, int]] = []
    at = length = 0
    for start, end, say in _replaced(text, pronunciations, numbers_in):
        pieces += [text[at:start], say]
        length += start - at
        spans.append((length, length + len(say), start, end))
        length += len(say)
        at = end
    if not spans:
        return Respelt(text)
    return Respelt("".join([*pieces, text[at:]]), spans)


def _replaced(text: str, pronunciations: Pronunciations, numbers_in: str) -> list[tuple[int, int, str]]:
    """Return the replacements in the order of the text. The template's own spelling goes before a number that it contains."""
    words: list[tuple[int, int, str]] = []
    if pronunciations:
        pattern, says = _compiled(pronunciations)
        words = [(*match.span(), says[match[0].casefold()]) for match in pattern.finditer(text)]
    if not numbers_in:
        return words
    numbers = [
        said
        for said in numbers_said(text, numbers_in)
        if not any(said.start < end and start < said.end for start, end, _ in words)
    ]
    return sorted([*words, *numbers]) if words else list(numbers)


def said_otherwise(text: str, pronunciations: Pronunciations, numbers_in: str = "") -> str:
    """Return the text as a voice reads it; blank where that is the text itself."""
    spelt = respelt(text, pronunciations, numbers_in)
    return spelt.text if spelt.spans else ""


def settled(text: str, pronunciations: Pronunciations) -> int:
    """Return how much of a text that goes on can be respelt already: no word that may be replaced is parted there.

    It ends behind a blank, as what follows may belong to the last word, and in front of what may begin a longer name.
    """
    place = text.rfind(" ") + 1
    begins = _beginnings(pronunciations)
    longest = max((len(word) for word, _ in pronunciations), default=0)
    at = text.rfind(" ", 0, max(0, place - 1)) + 1
    earliest = place
    while place - at <= longest:
        if text[at:place].casefold() in begins:
            earliest = at
        if at == 0:
            break
        at = text.rfind(" ", 0, at - 1) + 1
    return earliest


@lru_cache(maxsize=256)
def _beginnings(pronunciations: Pronunciations) -> frozenset[str]:
    """Return all beginnings of a name of several words, one for each of its blanks."""
    return frozenset(
        word[: place + 1].casefold()
        for word, _ in pronunciations
        for place, sign in enumerate(word)
        if sign == " "
    )


@lru_cache(maxsize=256)
def _compiled(pronunciations: Pronunciations) -> tuple[re.Pattern[str], dict[str, str]]:
    says = {word.casefold(): say for word, say in reversed(pronunciations)}
    # The longest first: a name of two words goes before one of them.
    words = sorted((word for word, _ in pronunciations), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE), says
