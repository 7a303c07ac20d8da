"""When each character of a sentence is spoken, by what ElevenLabs tells of it. Pure.

Two names, two units and two time bases are about (handbook 1.1, 1.9): seconds over HTTP and milliseconds on sockets, both
as the text was sent and as it was spoken ("12" is "twelve" there), from the message's first sample or from the stream's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_NAMES = (
    ("chars", "charStartTimesMs", 1.0),
    ("characters", "character_start_times_seconds", 1000.0),
    ("chars", "char_start_times_ms", 1.0),
)
_SURE_AFTER_MS = 500.0
_SLACK_MS = 100.0
_WINDOW = 120
"""So many characters ahead a word is looked for after other words than ours were spoken."""

Timed = tuple[str, float]
"""A character, and the milliseconds at which it begins."""


def read_alignment(given: Any) -> list[Timed]:
    """Return the characters of one message with their times; empty when it has none, or impossible ones."""
    if not isinstance(given, dict):
        return []
    for chars_name, starts_name, unit in _NAMES:
        chars, starts = given.get(chars_name), given.get(starts_name)
        if isinstance(chars, list) and isinstance(starts, list) and len(chars) == len(starts):
            return _sound_times(chars, starts, unit)
    return []


def _sound_times(chars: list[Any], starts: list[Any], unit: float) -> list[Timed]:
    timed = [
        (char, start * unit)
        for char, start in zip(chars, starts, strict=True)
        if isinstance(char, str) and isinstance(start, int | float) and 0 <= start < 1e6
    ]
    rises = all(first[1] <= second[1] for first, second in pairwise(timed))
    return timed if rises and len(timed) == len(chars) else []


class TimeBase:
    """Whether the times of a connection begin anew with each message; decided once, by its second message or a later one."""

    def __init__(self) -> None:
        self._goes_on: bool | None = None

    def offset_ms(self, first_start_ms: float, before_ms: float) -> float:
        """Return what to add to a message's times, so that they count from the stream's first sample.

        `before_ms`: how much audio of the stream came before the message.
        """
        goes_on = self._goes_on
        if goes_on is None:
            goes_on = min(before_ms, first_start_ms) > 0 and first_start_ms >= before_ms - _SLACK_MS
            if before_ms > _SURE_AFTER_MS:
                self._goes_on = goes_on
        return 0.0 if goes_on else before_ms


@dataclass
class _Place:
    """How far a text was followed; `lost`: other words than its own are spoken at `at`."""

    at: int
    lost: bool = False


class FollowedText:
    """A text that grows, followed through the characters that are spoken of it."""

    def __init__(self) -> None:
        self._text = ""
        self._place = _Place(0)

    @property
    def at(self) -> int:
        """Where in the text the next character will be."""
        return self._place.at

    def add(self, text: str) -> int:
        """Append what will be spoken next, and return where it begins."""
        begins = len(self._text)
        self._text += text
        return begins

    def take(self, *, written: Sequence[Timed], spoken: Sequence[Timed]) -> tuple[tuple[int, int], ...]:
        """Return which characters of the text the next message speaks, and when.

        `written`: as the text was sent; `spoken`: as it was said, asked where the first makes no sense (a dictionary of
        pronunciations makes it repeat itself).
        """
        followed = [self._follow(timed) for timed in (written, spoken) if timed]
        if not followed:
            return ()
        place, chars = max(followed, key=lambda one: one[0].at)
        self._place = place
        return chars

    def _follow(self, timed: Sequence[Timed]) -> tuple[_Place, tuple[tuple[int, int], ...]]:
        text, place = self._text, _Place(self._place.at, self._place.lost)
        found: list[tuple[int, int]] = []
        for word in _words(timed):
            at = place.at
            if word[0][0].isspace():
                if not place.lost and at < len(text) and text[at].isspace():
                    found.append((at, int(word[0][1])))
                    place.at += 1
                continue
            if place.lost:
                at = _next_place(text, at, "".join(char for char, _ in word))
                if at < 0:
                    continue
                place.at, place.lost = at, False
            for char, ms in word:
                self._step(place, char, int(ms), found)
        return place, tuple(found)

    def _step(self, place: _Place, char: str, ms: int, found: list[tuple[int, int]]) -> None:
        """Follow one character that is no space."""
        text = self._text
        if place.lost:
            return
        while place.at < len(text) and text[place.at].isspace():
            place.at += 1
        if place.at >= len(text):
            return
        found.append((place.at, ms))
        if text[place.at].casefold() == char.casefold():
            place.at += 1
        else:
            # The number, the sign or the abbreviation that is spoken from here on has begun.
            place.lost = True


def _words(timed: Sequence[Timed]) -> Iterator[list[Timed]]:
    """Cut into words, marks and spaces."""
    word: list[Timed] = []
    for char, ms in timed:
        if char[:1].isalnum():
            word.append((char, ms))
            continue
        if word:
            yield word
            word = []
        if char:
            yield [(char, ms)]
    if word:
        yield word


def _next_place(text: str, at: int, word: str) -> int:
    """Find a spoken word in the text from `at` on; a mark is found only directly behind the word at `at`."""
    folded = text[at : at + _WINDOW].casefold()
    if not word[0].isalnum():
        end = next((place for place, char in enumerate(folded) if char.isspace()), len(folded))
        place = folded.find(word, 0, end)
        return at + place if place >= 0 and not any(c.isalnum() for c in folded[place:end]) else -1
    start = 0
    wanted = word.casefold()
    while (place := folded.find(wanted, start)) >= 0:
        before, after = folded[place - 1 : place], folded[place + len(wanted) : place + len(wanted) + 1]
        if not before.isalnum() and not after.isalnum():
            return at + place
        start = place + 1
    return -1
