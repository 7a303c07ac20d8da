"""Words that a voice is given in another spelling, so that it says them as people do. The written word stays everybody's own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Pronunciations = tuple[tuple[str, str], ...]
"""Pairs of a word as it is written and as a voice is to read it."""


@dataclass(frozen=True, slots=True)
class Respelt:
    """A text as a voice gets it. `spans` are what was replaced: (begin, end) here, and (begin, end) in the written text."""

    text: str
    spans: Sequence[tuple[int, int, int, int]] = ()

    def written(self, index: int) -> int:
        """Return where a character of this text stands in the written one; inside a replaced word, as far along in it."""
        shift = 0
        for begin, end, written_begin, written_end in self.spans:
            if index < begin:
                break
            if index < end:
                return written_begin + (index - begin) * (written_end - written_begin) // (end - begin)
            shift = written_end - end
        return index + shift


def respelt(text: str, pronunciations: Pronunciations) -> Respelt:
    """Return the text with its words as they are to be read: whole words alone, in whatever case."""
    if not pronunciations:
        return Respelt(text)
    pattern, says = _compiled(pronunciations)
    pieces: list[str] = []
    spans: list[tuple[int, int, int, int]] = []
    at = length = 0
    for match in pattern.finditer(text):
        say = says[match[0].casefold()]
        pieces += [text[at : match.start()], say]
        length += match.start() - at
        spans.append((length, length + len(say), match.start(), match.end()))
        length += len(say)
        at = match.end()
    if not spans:
        return Respelt(text)
    return Respelt("".join([*pieces, text[at:]]), spans)


def said_otherwise(text: str, pronunciations: Pronunciations) -> str:
    """Return the text as a voice reads it; blank where that is the text itself."""
    spelt = respelt(text, pronunciations)
    return spelt.text if spelt.spans else ""


@lru_cache(maxsize=256)
def _compiled(pronunciations: Pronunciations) -> tuple[re.Pattern[str], dict[str, str]]:
    says = {word.casefold(): say for word, say in reversed(pronunciations)}
    # The longest first: a name of two words goes before one of them.
    words = sorted((word for word, _ in pronunciations), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE), says
