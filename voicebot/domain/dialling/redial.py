"""Decide after which outcome somebody is dialled again, and when.

An outcome without a row is final: a person who hung up on us or talked with us, and a number that does not exist, are
not dialled again. The rows are stored as JSON, and SQL follows them (`private.after_talk`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SHORTEST_DELAY_S, LONGEST_DELAY_S, MOST_DELAYS = 60, 7 * 86_400, 20


class RedialOutcome(StrEnum):
    """What an attempt came to, as far as it may be repeated."""

    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    VOICEMAIL = "voicemail"
    SCREENER = "screener"
    UNKNOWN = "unknown"
    """Nobody reported who answered and nobody spoke, or the whole result is unknown."""


@dataclass(frozen=True)
class RedialRules:
    """The seconds before each further attempt, by outcome; the last one goes on to hold until `max_attempts`."""

    delays: Mapping[RedialOutcome, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "RedialRules":
        """Read rules as people write them. Raises ValueError with what is wrong."""
        delays = {}
        for name, seconds in given.items():
            if name not in set(RedialOutcome):
                raise ValueError(f"known outcomes are {', '.join(RedialOutcome)}")
            if not isinstance(seconds, list) or not 0 < len(seconds) <= MOST_DELAYS:
                raise ValueError(f"{name}: expected 1 to {MOST_DELAYS} delays in seconds")
            for one in seconds:
                if type(one) is not int or not SHORTEST_DELAY_S <= one <= LONGEST_DELAY_S:
                    raise ValueError(f"{name}: a delay is {SHORTEST_DELAY_S} to {LONGEST_DELAY_S} seconds")
            delays[RedialOutcome(name)] = tuple(seconds)
        return cls(delays)

    def to_json(self) -> dict[str, list[int]]:
        """Return them as they are stored."""
        return {outcome.value: list(seconds) for outcome, seconds in self.delays.items()}
