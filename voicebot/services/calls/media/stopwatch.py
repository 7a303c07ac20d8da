"""Measure each turn from the caller's last speech to the first sound of the answer.

Guarded by its line's lock, except for `TimedCutter`, which belongs to the thread of its answer. Times are the line's
clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from voicebot.domain.call.turn import TurnSpeed
from voicebot.services.calls.media.voicing import Voicing
from voicebot.services.calls.ports import Cutter


@dataclass
class Thought:
    """When a model was asked for an answer, and when it gave its first token and its first sentence."""

    asked_at_ms: float
    token_at_ms: float = 0.0
    sentence_at_ms: float = 0.0


class TimedCutter:
    """A cutter that notes when the first token and the first sentence came."""

    def __init__(self, cutter: Cutter, thought: Thought, clock_ms: Callable[[], float]) -> None:
        self._cutter, self._thought, self._clock_ms = cutter, thought, clock_ms

    def feed(self, token: str) -> list[str]:
        """Return the pieces that `token` completed."""
        thought = self._thought
        if not thought.token_at_ms:
            thought.token_at_ms = self._clock_ms()
        return self._noted(self._cutter.feed(token))

    def flush(self, *, cut_short: bool = False) -> list[str]:
        """Return what is left."""
        return self._noted(self._cutter.flush(cut_short=cut_short))

    def drop(self) -> None:
        """Forget what is not a piece yet."""
        self._cutter.drop()

    def _noted(self, pieces: list[str]) -> list[str]:
        if pieces and not self._thought.sentence_at_ms:
            self._thought.sentence_at_ms = self._clock_ms()
        return pieces


@dataclass(frozen=True)
class CallerTurn:
    """When the caller's speech began and was last heard, its words were asked for, and came; when its end was decided."""

    began_at_ms: float
    spoke_at_ms: float
    tentative_at_ms: float
    words_at_ms: float
    over_at_ms: float


class Stopwatch:
    """Measures the turns of one call."""

    def __init__(self, clock_ms: Callable[[], float], moment: Callable[[float], datetime | None]) -> None:
        """`moment` turns a time of the clock into one of the calendar."""
        self._clock_ms, self._moment = clock_ms, moment
        self._turn: CallerTurn | None = None
        self._filler_at_ms = 0.0
        self._thoughts: dict[int, Thought] = {}
        self._measured: TurnSpeed | None = None

    def turn_over(self, turn: CallerTurn) -> None:
        """The caller's turn is over."""
        self._turn, self._filler_at_ms = turn, 0.0

    def forget(self) -> None:
        """The turn was no words: nothing is measured."""
        self._turn = None

    def asked(self, gen: int) -> Thought:
        """A model is asked for answer `gen`."""
        thought = Thought(self._clock_ms())
        # The answers before are over, or were dropped.
        self._thoughts = {each: kept for each, kept in self._thoughts.items() if each >= gen - 2}
        return self._thoughts.setdefault(gen, thought)

    def filled(self) -> None:
        """The first frame of a filler leaves."""
        if self._turn is not None and not self._filler_at_ms:
            self._filler_at_ms = self._clock_ms()

    def sent(self, voicing: Voicing, now_ms: float) -> None:
        """The first frame of an utterance leaves: the first one of a turn is its answer."""
        turn, self._turn = self._turn, None
        if turn is None:
            return
        thought = self._thoughts.get(voicing.saying.gen)
        speed = _speed(turn, thought, voicing, now_ms)
        self._measured = replace(
            speed,
            filler_ms=round(self._filler_at_ms - turn.spoke_at_ms) if self._filler_at_ms else None,
            caller_began_at=self._moment(turn.began_at_ms),
            caller_ended_at=self._moment(turn.spoke_at_ms),
            answered_at=self._moment(now_ms),
        )

    def take(self) -> TurnSpeed | None:
        """Return what was measured since the last time."""
        measured, self._measured = self._measured, None
        return measured


def _speed(turn: CallerTurn, thought: Thought | None, voicing: Voicing, now_ms: float) -> TurnSpeed:
    gap = now_ms - turn.spoke_at_ms
    speculative = thought is not None and thought.asked_at_ms < turn.over_at_ms
    ready_at = voicing.first_at_ms if speculative else turn.words_at_ms
    wait = turn.tentative_at_ms - turn.spoke_at_ms + max(0.0, turn.over_at_ms - ready_at)
    words = turn.words_at_ms - turn.tentative_at_ms
    token = sentence = voice = 0.0
    if thought is not None and thought.token_at_ms:
        token = thought.token_at_ms - thought.asked_at_ms
        sentence = max(0.0, thought.sentence_at_ms - thought.token_at_ms)
    if voicing.first_at_ms:
        voice = voicing.first_at_ms - voicing.asked_at_ms
    stages = [max(0.0, stage) for stage in (wait, words, token, sentence, voice)]
    wait_ms, words_ms, token_ms, sentence_ms, voice_ms = (round(stage) for stage in stages)
    return TurnSpeed(
        gap_ms=round(gap),
        wait_ms=wait_ms,
        words_ms=words_ms,
        token_ms=token_ms,
        sentence_ms=sentence_ms,
        voice_ms=voice_ms,
        ours_ms=max(0, round(gap - sum(stages))),
        speculative=speculative,
    )
