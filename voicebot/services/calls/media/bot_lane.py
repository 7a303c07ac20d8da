"""When our sound was heard: the runs of the playout's book, and the words in them where the voice told their times.

A run is sound that was played without a pause. The first mark in it tells when it began at the carrier, which plays a little later
than we send. Positions are bytes of mu-law, times the line's clock, as in the book.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from voicebot.domain.call.actions import Speaker
from voicebot.services.calls.streams.speech_events import SpeechEvents, Words
from voicebot.transports.audio import PHONE_BYTES_A_MS

_WORD = re.compile(r"\S+")


class Spoken(Protocol):
    """What a lane asks of an utterance."""

    text: str
    begins: int | None
    points: list[tuple[int, int]]
    """(milliseconds from its first sample, index into the text)."""


@dataclass
class _Run:
    position: int
    at_ms: float
    is_proven: bool = False
    """A mark has told when it began."""
    reached: int = 0
    said: list[Spoken] = field(default_factory=list)

    def clock_of(self, position: int) -> float:
        return self.at_ms + (position - self.position) / PHONE_BYTES_A_MS


class BotLane:
    """Our side of one stream."""

    def __init__(self, speech: SpeechEvents) -> None:
        self._speech = speech
        self._run: _Run | None = None

    def begins(self, position: int, now_ms: float) -> None:
        """Sound is sent while none is played: a run begins."""
        if self._run is not None:
            self._close(self._run, self._run.clock_of(position))
        self._run = _Run(position, now_ms, reached=position)

    def says(self, saying: Spoken) -> None:
        """The run goes on with this utterance."""
        if self._run is not None:
            self._run.said.append(saying)

    def played(self, position: int, now_ms: float, *, all_was: bool) -> None:
        """Everything up to here was played by now. `all_was`: it was everything that was sent."""
        run = self._run
        if run is None:
            return
        if not run.is_proven:
            run.is_proven = True
            run.at_ms = max(run.at_ms, now_ms - (position - run.position) / PHONE_BYTES_A_MS)
            self._speech.opens(Speaker.BOT, run.at_ms)
        run.reached = position
        if all_was:
            self._close(run, max(now_ms, run.clock_of(position)))
            self._run = None
        else:
            self._speech.grows(Speaker.BOT, run.clock_of(position))

    def cut(self, position: int, now_ms: float) -> None:
        """What was sent after this position is not played any more."""
        run, self._run = self._run, None
        if run is not None:
            run.reached = position
            self._close(run, min(now_ms, run.clock_of(position)))

    def _close(self, run: _Run, at_ms: float) -> None:
        self._speech.opens(Speaker.BOT, run.at_ms)
        until_s = (at_ms - run.at_ms) / 1000
        words = tuple((at_s, word) for at_s, word in _words_of(run) if at_s < until_s)
        self._speech.closes(Speaker.BOT, at_ms, words)


def _words_of(run: _Run) -> Words:
    return tuple(
        (((saying.begins - run.position) / PHONE_BYTES_A_MS + ms) / 1000, word)
        for saying in run.said
        if saying.begins is not None
        for ms, word in word_times(saying.text, saying.points)
    )


def word_times(text: str, points: Sequence[tuple[int, int]]) -> list[tuple[float, str]]:
    """Return when each word begins, as far as the voice told its characters' times (milliseconds, index)."""
    found: list[tuple[float, str]] = []
    if not points:
        return found
    known = {index: ms for ms, index in reversed(points)}
    for match in _WORD.finditer(text):
        at = next((known[place] for place in range(match.start(), match.end()) if place in known), None)
        if at is not None:
            found.append((float(at), match.group()))
    return found
