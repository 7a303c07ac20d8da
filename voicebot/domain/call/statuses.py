"""The carrier's call statuses, and which of two is later, in any order of arrival.

The SQL function that records them keeps the same rule.
"""

from enum import StrEnum

DIRECTIONS = ("inbound", "outbound")
"""Of a call, as seen from us."""


class CallStatus(StrEnum):
    """Twilio's words (handbook 1.3)."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


RANKS = {
    CallStatus.QUEUED: 0,
    CallStatus.INITIATED: 1,
    CallStatus.RINGING: 2,
    CallStatus.IN_PROGRESS: 3,
    CallStatus.COMPLETED: 4,
    CallStatus.BUSY: 4,
    CallStatus.NO_ANSWER: 4,
    CallStatus.FAILED: 4,
    CallStatus.CANCELED: 4,
}

TERMINAL = frozenset(status for status, rank in RANKS.items() if rank == 4)


def rank(status: str | None) -> int:
    """Return how far along a call with this status is; -1 for none and for words we do not know."""
    return RANKS[CallStatus(status)] if status in set(CallStatus) else -1


def is_terminal(status: str | None) -> bool:
    """Whether the call is over with this status."""
    return status in TERMINAL


def later(current: str | None, reported: str | None) -> str | None:
    """Return the status to keep. It never moves back, and a terminal one never leaves.

    A call has one terminal status at the carrier, so all orders of its reports end alike.
    """
    return reported if rank(reported) > rank(current) else current
