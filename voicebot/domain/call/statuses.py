"""The carrier's call statuses. Which of two is the later one decides the SQL function that records them."""

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


TERMINAL = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.BUSY,
        CallStatus.NO_ANSWER,
        CallStatus.FAILED,
        CallStatus.CANCELED,
    }
)


def is_terminal(status: str | None) -> bool:
    """Whether the call is over with this status."""
    return status in TERMINAL
