"""Where sentences end, for what is spoken and for what is texted."""

import re
from collections.abc import Iterator

_END = re.compile(r"([.!?…]+)[\"')\]»”’]*(?=\s)|[。！？]+[\"')\]»”’]*|\n+")
# A stop after these does not end a sentence.
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "no",
        "nr",
        "vs",
        "e.g",
        "i.e",
        "a.m",
        "p.m",
        "u.s",
        "etc",
        "approx",
        "ca",
        "tel",
        "ext",
        "dept",
        "inc",
        "ltd",
        "co",
        "jr",
        "sr",
        "mt",
        "fig",
        "al",
        "z.b",
        "bzw",
        "sra",
    ]
)
_LONGEST_ABBREVIATION = 40


def sentence_ends(text: str, *, line_begins: bool = True) -> Iterator[int]:
    """Yield where sentences end: behind the stop and its closing quotes, before the space.

    A stop at the very end of the text ends nothing: what comes next may belong to it. `line_begins`: the text begins a
    line, so that a number with a stop is one of a list.
    """
    for end in _END.finditer(text):
        if end[1] != "." or _is_stop(text, end.start(), line_begins=line_begins):
            yield end.end()


def sentences(text: str) -> list[str]:
    """Return the sentences of a whole text, each with the space that follows it."""
    found, start = [], 0
    for end in sentence_ends(text):
        if end > start:
            following = end + len(text[end:]) - len(text[end:].lstrip())
            found.append(text[start:following])
            start = following
    return [*found, text[start:]] if text[start:] else found


def _is_stop(text: str, at: int, *, line_begins: bool) -> bool:
    """Whether the dot at `at` ends a sentence, and no abbreviation, initial or number of a list."""
    before = text[:at].rpartition("\n")
    if before[2].strip().isdigit():
        return not (line_begins or before[1])
    # A few dozen characters hold any abbreviation.
    word = re.split(r"[\s(]", text[max(0, at - _LONGEST_ABBREVIATION) : at])[-1].lower()
    return not (word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()))
