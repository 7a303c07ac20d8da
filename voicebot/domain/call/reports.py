"""The carrier's reports about a call, from a webhook or from its REST resource."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class CallArrival:
    """Twilio's report of a new call. Numbers are stored as they came (`anonymous`, `client:x`, …)."""

    call_sid: str
    direction: str
    from_number: str
    to_number: str
    stir_verstat: str | None = None
    forwarded_from: str | None = None
    caller_name: str | None = None
    event_id: str = ""
    token_index: int = 0
    caller_key: str | None = None
    """The identifier by which the caller would be blocked, if it differs from the number."""


@dataclass(frozen=True)
class CallReport:
    """A status callback, or the same read off the carrier's REST resource. Numbers are stored as they came."""

    call_sid: str
    status: str
    sequence_number: int | None = None
    occurred_at: datetime | None = None
    direction: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    duration_s: int | None = None
    answered_by: str | None = None
    sip_response_code: int | None = None
    event_id: str | None = None
    """None: the call and its status are the key."""
    token_index: int | None = None


@dataclass(frozen=True)
class RecordingReport:
    """A recording callback."""

    call_sid: str
    recording_sid: str
    status: str
    duration_s: int | None = None
    error_code: str | None = None
    occurred_at: datetime | None = None
    event_id: str | None = None
    token_index: int | None = None


@dataclass(frozen=True)
class AnswererReport:
    """The verdict of answering machine detection. `attempt_id`: the dial that its address names, our own id."""

    call_sid: str
    answered_by: str
    attempt_id: UUID | None = None
    detection_ms: int | None = None
    token_index: int | None = None


@dataclass(frozen=True)
class TransferReport:
    """How the <Dial> that turn `turn` followed went; what it does not tell stays out."""

    call_sid: str
    turn: int
    outcome: str
    dial_call_sid: str | None = None
    duration_s: int | None = None
    token_index: int | None = None
    operator_notice: Mapping[str, Any] | None = None
    """The text for the operator when nobody answered: {"to", "from", "content"}."""
