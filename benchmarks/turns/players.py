"""Plays a scene to turn taking, or to silence-only endpointing, with a stand-in for the transcriber."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

import numpy as np

from benchmarks.turns.scenes import Scene
from voicebot.domain.call.turn_taking.pauses import Pauses
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import (
    FRAME_MS,
    BargeIn,
    Frame,
    MaybeDone,
    Signal,
    SpeechStarted,
    TurnDone,
)
from voicebot.domain.call.turn_taking.taker import TurnTaker
from voicebot.providers.local.vad import FRAME_BYTES, MOST_AT_ONCE, SpeechDetector

_FINAL_AFTER_MS = 250


class Ears(StrEnum):
    """What kind of transcriber stands in."""

    NONE = "none"
    """No words at all."""
    COMMITTED = "committed"
    """Final words 250 ms after they were asked for; partial ones from 2 s on, a second apart."""
    STREAMING = "streaming"
    """The same, with partial words four times a second, 200 ms late."""


@dataclass
class Outcome:
    """What came of one scene."""

    scene: Scene
    done_ms: int | None = None
    """When the turn was taken to be over, the first time."""
    barged_ms: int | None = None
    signals: list[Signal] = field(default_factory=list)

    @property
    def cut_off(self) -> bool:
        """Whether the caller was taken to be done before they were."""
        return self.done_ms is not None and self.done_ms < self.scene.ends_ms

    @property
    def wait_ms(self) -> int | None:
        """How long a caller who was done waited for us to notice."""
        return None if self.done_ms is None or self.cut_off else self.done_ms - self.scene.ends_ms


def heard_by(detector: SpeechDetector, scenes: Iterable[Scene]) -> list[tuple[Scene, list[Frame]]]:
    """Return scenes with what the detector makes of them; it hears many at once, as in a process with many calls."""
    heard: list[tuple[Scene, list[Frame]]] = []
    left = iter(scenes)
    while some := list(islice(left, MOST_AT_ONCE)):
        calls = [(scene, detector.open(), list[Frame]()) for scene in some]
        for start in range(0, max(len(scene.ulaw) for scene in some), FRAME_BYTES):
            for scene, stream, frames in calls:
                stream.feed(scene.ulaw[start : start + FRAME_BYTES], frames.append)
            detector.judge()
        for scene, stream, frames in calls:
            stream.close()
            heard.append((scene, frames))
    return heard


class _Transcriber:
    """Hears the truth, late, with a word in 25 missing and full stops that mean nothing."""

    def __init__(self, scene: Scene, ears: Ears, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._words = [word for word in scene.words if len(scene.words) < 3 or self._random.random() > 0.04]
        self._ears = ears
        self._since: int | None = None
        self._due: list[tuple[int, str]] = []
        self._partial_at = 0

    def begin(self, since_ms: int) -> None:
        self._since = since_ms
        self._partial_at = since_ms + (2000 if self._ears is Ears.COMMITTED else 250)

    def finish(self, at_ms: int) -> None:
        text = self._until(at_ms)
        if text and self._random.random() < 0.8 and text[-1] not in ".?!":
            text += "."
        self._due.append((at_ms + _FINAL_AFTER_MS, text))

    def drop(self) -> None:
        self._since = None
        self._due.clear()

    def heard(self, at_ms: int) -> tuple[str, bool] | None:
        """Return words that arrive now, and whether they are final."""
        if self._since is None or self._ears is Ears.NONE:
            return None
        if self._due and self._due[0][0] <= at_ms:
            return self._due.pop(0)[1], True
        if at_ms < self._partial_at:
            return None
        streams = self._ears is Ears.STREAMING
        self._partial_at = at_ms + (250 if streams else 1000)
        text = self._until(at_ms - (200 if streams else 400))
        return (text, False) if text else None

    def _until(self, at_ms: int) -> str:
        since = self._since or 0
        return " ".join(word for word, ends in self._words if since < ends <= at_ms)


def play(scene: Scene, frames: Sequence[Frame], ears: Ears, rules: TurnRules, seed: int = 1) -> Outcome:
    """Play a scene to our turn taking."""
    taker, transcriber, outcome = TurnTaker(rules), _Transcriber(scene, ears, seed), Outcome(scene)
    taker.expect(Pauses().after(scene.asked), scene.asked)
    if scene.playing_db:
        taker.bot(True, 0, words=" ".join(word for word, _ in scene.words) if scene.kind == "echo" else "")
    for number, frame in enumerate(frames):
        if scene.playing_db:
            if number < len(scene.playing_db):
                taker.playing(scene.playing_db[number])
            elif number == len(scene.playing_db):
                taker.bot(False, frame.at_ms - FRAME_MS)
        signals = taker.frame(frame)
        words = transcriber.heard(frame.at_ms)
        if words is not None:
            signals = signals + taker.words(words[0], final=words[1], at_ms=frame.at_ms)
        for signal in signals:
            outcome.signals.append(signal)
            match signal:
                case SpeechStarted(_, since):
                    transcriber.begin(since)
                case MaybeDone():
                    transcriber.finish(frame.at_ms)
                case BargeIn() if outcome.barged_ms is None:
                    outcome.barged_ms = frame.at_ms
                case TurnDone() if outcome.done_ms is None:
                    outcome.done_ms = frame.at_ms
        if outcome.done_ms is not None:
            break
    return outcome


def play_by_silence(
    scene: Scene, frames: Sequence[Frame], silence_ms: int, barge_in_ms: int = 200
) -> Outcome:
    """Play a scene to endpointing that knows nothing but the same detector's speech and silence."""
    outcome, speaking, voiced, silent, speech = Outcome(scene), False, 0, 0, 0.0
    for frame in frames:
        speech = frame.speech if frame.speech is not None else speech if frame.loudness_db > -50 else 0.0
        if speech >= (0.35 if speaking else 0.5):
            voiced, silent = voiced + FRAME_MS, 0
            speaking = speaking or voiced >= 60
            bot = frame.at_ms <= len(scene.playing_db) * FRAME_MS
            if bot and voiced >= barge_in_ms and outcome.barged_ms is None:
                outcome.barged_ms = frame.at_ms
        else:
            silent += FRAME_MS
            voiced = voiced if silent < 200 else 0
            if speaking and silent >= silence_ms:
                outcome.done_ms = frame.at_ms
                break
    return outcome
