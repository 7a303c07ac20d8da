"""The times at which our sound was heard, in runs: each with its words, where the voice reports their times, and with
its sound for the tape.

A run is sound that was played without a pause. A mark reports how much the carrier has played: the first mark of a run
shows when it began, a later one whether it ran dry. Positions are bytes of mu-law; times are the line's clock.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from voicebot.domain.call.actions import Speaker
from voicebot.services.calls.media.tape import Tape
from voicebot.services.calls.streams.speech_events import SpeechEvents
from voicebot.transports.audio import PHONE_BYTES_A_MS

LATE_MS, EARLY_MS = 40.0, 20.0
"""A mark that is off by more tells that the sound was played at another time than the marks before it said."""
_WORD = re.compile(r"\S+")


class Spoken(Protocol):
    """What a lane asks of an utterance."""

    text: str
    begins: int | None
    points: list[tuple[int, int]]
    """(milliseconds from its first sample, index into the text)."""


@dataclass
class _Run:
    reached: int
    """What is known to be played."""
    at_ms: float
    """When it was played to there."""
    began_ms: float
    is_proven: bool = False
    """A mark has told when it began."""
    echo_ms: float = 0.0
    """How long a mark takes back to us: half of what the first one was late."""
    place: int | None = None
    """Where the tape goes on."""
    said: list[Spoken] = field(default_factory=list)
    words: list[tuple[float, str]] = field(default_factory=list)

    def clock_of(self, position: int) -> float:
        return self.at_ms + (position - self.reached) / PHONE_BYTES_A_MS


class BotLane:
    """Our side of one stream."""

    def __init__(self, speech: SpeechEvents, tape: Tape | None = None) -> None:
        self._speech, self._tape = speech, tape
        self._run: _Run | None = None
        self._sound: deque[bytes] = deque()
        """What was sent and is not known to be played; only where a tape wants it."""

    def begins(self, position: int, now_ms: float) -> None:
        """Sound is sent while none is played: a run begins."""
        if self._run is not None:
            self._close(self._run, position)
        self._run = _Run(position, now_ms, now_ms)

    def says(self, saying: Spoken) -> None:
        """The run goes on with this utterance."""
        if self._run is not None:
            self._run.said.append(saying)

    def sent(self, sound: bytes) -> None:
        """This sound was sent."""
        if self._tape is not None:
            self._sound.append(sound)

    def played(self, position: int, now_ms: float, *, all_was: bool) -> None:
        """Everything up to here was played by now. `all_was`: it was everything that was sent."""
        run = self._run
        if run is None:
            return
        off_ms = now_ms - run.echo_ms - run.clock_of(position)
        if not run.is_proven:
            run.is_proven, run.echo_ms = True, max(0.0, off_ms) / 2
            run.at_ms = run.began_ms = run.at_ms + run.echo_ms
            self._speech.opens(Speaker.BOT, run.began_ms)
        elif not -EARLY_MS <= off_ms <= LATE_MS:
            run.at_ms, run.place = max(run.began_ms, run.at_ms + off_ms), None
        if all_was:
            self._run = None
            self._close(run, position)
        else:
            self._pass(run, position)
            self._speech.grows(Speaker.BOT, run.at_ms)

    def cut(self, position: int) -> None:
        """Forget what was sent after this position: it is not played any more."""
        run, self._run = self._run, None
        if run is not None:
            self._close(run, position)
        self._sound.clear()

    def _pass(self, run: _Run, position: int) -> None:
        """Note what was played from where the run stands to `position`."""
        run.words += [
            ((run.clock_of(at) - run.began_ms) / 1000, word)
            for at, word in _words_of(run)
            if run.reached <= at < position
        ]
        if self._tape is not None:
            place = self._tape.place_of(run.at_ms) if run.place is None else run.place
            run.place = self._tape.bot(self._taken(position - run.reached), place)
        run.at_ms, run.reached = run.clock_of(position), position

    def _taken(self, size: int) -> bytes:
        taken = bytearray()
        while self._sound and len(taken) < size:
            taken += self._sound.popleft()
        if len(taken) > size:
            self._sound.appendleft(bytes(taken[size:]))
        return bytes(taken[:size])

    def _close(self, run: _Run, position: int) -> None:
        self._speech.opens(Speaker.BOT, run.began_ms)
        self._pass(run, position)
        self._speech.closes(Speaker.BOT, run.at_ms, tuple(run.words))


def _words_of(run: _Run) -> list[tuple[int, str]]:
    return [
        (saying.begins + ms * PHONE_BYTES_A_MS, word)
        for saying in run.said
        if saying.begins is not None
        for ms, word in word_times(saying.text, saying.points)
    ]


def word_times(text: str, points: Sequence[tuple[int, int]]) -> list[tuple[int, str]]:
    """Return when each word begins, in milliseconds, as far as the voice told its characters' (milliseconds, index)."""
    if not points:
        return []
    known = {index: ms for ms, index in reversed(points)}
    found: list[tuple[int, str]] = []
    for match in _WORD.finditer(text):
        at_ms = next((known[place] for place in range(match.start(), match.end()) if place in known), None)
        if at_ms is not None:
            found.append((at_ms, match.group()))
    return found
