"""One utterance of the caller, from its first sound until it is told or dropped."""

from dataclasses import dataclass, field


@dataclass
class CallerUtterance:
    """One utterance of the caller, until it is told or dropped."""

    since_ms: int
    segments: list[str] = field(default_factory=list)
    partial: str = ""
    confidences: list[float] = field(default_factory=list)
    finishes: int = 0
    """Finals that were asked for and have not come."""
    is_fresh: bool = True
    """Something was said since the last final was asked for."""
    is_tentative: bool = False
    was_told: bool = False
    """As a tentative one."""
    language: str = ""
    """What the transcriber heard it in last."""
    barged: bool = False
    failed: bool = False
    is_doubtful: bool = False
    """Taken for no turn before its words had come."""
    over_silence: bool = True
    """We were quiet when it began: it cannot be our echo."""
    last_speech_ms: int = 0
    tentative_at_ms: float = 0.0
    words_at_ms: float = 0.0

    @property
    def final_text(self) -> str:
        """What is final of it."""
        return " ".join(self.segments)

    @property
    def text(self) -> str:
        """What is known of it."""
        return " ".join([*self.segments, self.partial]) if self.partial else self.final_text

    @property
    def confidence(self) -> float | None:
        """How sure the transcriber is of its least sure piece."""
        return min(self.confidences, default=None)
