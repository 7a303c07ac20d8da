"""How fast a turn was, where the caller hears it: from their last speech to the first sound of the answer, and why."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TurnSpeed:
    """One turn's times in milliseconds, measured at our socket.

    `gap_ms` is the sum of the stages below it; where an answer was begun before the caller was done, what ran beside the wait
    for their end is no part of it.
    """

    gap_ms: int
    """From the last frame of the caller's speech to the first frame of the answer."""
    filler_ms: int | None = None
    """From there to the first frame of a filler that came before the answer."""
    wait_ms: int = 0
    """Until it was clear that the caller was done."""
    words_ms: int = 0
    """The transcriber, until the last words."""
    token_ms: int = 0
    """The model, until its first token."""
    sentence_ms: int = 0
    """The model, from there to its first sentence."""
    voice_ms: int = 0
    """The voice, until its first sound."""
    ours_ms: int = 0
    """What is left: our own work."""
    speculative: bool = False
    """The answer was begun before the caller was known to be done."""
    caller_began_at: datetime | None = None
    """When the caller's speech began that the turn answers; when it was last heard; when the answer's first frame left."""
    caller_ended_at: datetime | None = None
    answered_at: datetime | None = None
