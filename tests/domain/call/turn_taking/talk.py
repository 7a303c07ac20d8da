"""A talk as a few lines: sounds, words and our own audio, played through turn taking frame by frame."""

from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import FRAME_MS, Frame, Signal
from voicebot.domain.call.turn_taking.taker import TurnTaker

CALLER_DB, QUIET_DB = -22.0, -65.0
LEAD_MS = 100
"""The line is quiet for so long before anything happens."""


class Talk:
    """One call's turn taking with a clock; `heard` is every signal in its order."""

    def __init__(self, rules: TurnRules | None = None) -> None:
        self.taker = TurnTaker(rules or TurnRules())
        self.now = 0
        self.heard: list[Signal] = []
        self.is_silent(LEAD_MS)

    def speaks(self, ms: int, *, loudness_db: float = CALLER_DB, speech: float | None = 0.97) -> "Talk":
        for _ in range(ms // FRAME_MS):
            self.now += FRAME_MS
            # Speech goes up and down.
            lively = 0.0 if speech is None else 5.0 * (self.now // FRAME_MS % 2)
            self.heard += self.taker.frame(Frame(self.now, loudness_db - lively, speech))
        return self

    def is_silent(self, ms: int) -> "Talk":
        return self.speaks(ms, loudness_db=QUIET_DB, speech=None)

    def words(self, text: str, *, final: bool = True) -> "Talk":
        self.heard += self.taker.words(text, final=final, at_ms=self.now)
        return self

    def bot(self, speaking: bool, **told: object) -> "Talk":
        self.taker.bot(speaking, self.now, **told)  # type: ignore[arg-type]
        return self

    @property
    def names(self) -> list[str]:
        """The kinds of the signals so far."""
        return [type(signal).__name__ for signal in self.heard]

    def at(self, kind: type) -> int:
        """When the first signal of a kind came, counted from the end of the lead."""
        return next(signal.at_ms - LEAD_MS for signal in self.heard if isinstance(signal, kind))
