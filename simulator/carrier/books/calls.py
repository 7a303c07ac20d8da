"""The calls that this carrier knows: their state as the REST API shows it, and how it may change."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.carrier.wire.formats import new_sid, utc_now

TERMINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
"""Handbook 1.3: a call that reached one of these stays there."""

ALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


@dataclass(frozen=True)
class Script:
    """Where a call's TwiML comes from; Twiml is ignored where a Url is given (handbook 1.8)."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""
    fallback_url: str = ""
    fallback_method: str = "POST"


@dataclass(frozen=True)
class StatusCallback:
    """Who is told of a call's progress, and of which events (handbook 1.4)."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})
    number_level: bool = False
    """The number's own callback: one `completed`, SequenceNumber 0, no SipResponseCode."""


@dataclass(frozen=True)
class Detection:
    """Answering machine detection as asked for (handbook 8.2); `mode` empty means none."""

    mode: str = ""
    is_async: bool = False
    callback_url: str = ""
    callback_method: str = "POST"


@dataclass
class CallRecord:
    """One leg. Change `status` only through `CallBook.move`."""

    account_sid: str
    from_number: str
    to_number: str
    direction: str
    script: Script = field(default_factory=Script)
    callback: StatusCallback | None = None
    detection: Detection = field(default_factory=Detection)
    sid: str = field(default_factory=lambda: new_sid("CA"))
    parent_call_sid: str | None = None
    number_sid: str | None = None
    status: str = "queued"
    date_created: datetime = field(default_factory=utc_now)
    date_updated: datetime = field(default_factory=utc_now)
    start_time: datetime | None = None
    end_time: datetime | None = None
    ended_wall: float | None = None
    duration_s: int | None = None
    answered_by: str | None = None
    sip_response_code: int | None = None
    ring_timeout_s: int = 60
    time_limit_s: int = 14400
    send_digits: str = ""
    record: bool = False
    queue_time_ms: int = 0
    leaves_queue_at: float = 0.0
    """On the monotonic clock."""
    stir_verstat: str = "TN-Validation-Passed-A"
    forwarded_from: str | None = None
    index: int = 0
    sequence: int = 0
    """How many progress events there were so far."""
    past: list[tuple[float, str]] = field(default_factory=list)
    """(wall clock, status) of every change, for reads that lag behind."""

    @property
    def over(self) -> bool:
        """Whether the call has reached a terminal status."""
        return self.status in TERMINAL

    def status_as_of(self, wall: float) -> str:
        """The status at a moment; the first one for any moment before it."""
        shown = [status for at, status in self.past if at <= wall]
        return shown[-1] if shown else (self.past[0][1] if self.past else self.status)


class CallBook:
    """All calls, newest last."""

    def __init__(self, changed: Callable[[CallRecord], None] = lambda _: None) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, CallRecord] = {}
        self._changed = changed

    def add(self, record: CallRecord) -> CallRecord:
        """Enter a call; it gets its number in the row of all calls."""
        with self._lock:
            record.index = len(self._calls) + 1
            record.past.append((time.time(), record.status))
            self._calls[record.sid] = record
        self._changed(record)
        return record

    def find(self, sid: str) -> CallRecord | None:
        """The call with this sid."""
        with self._lock:
            return self._calls.get(sid)

    def newest_first(self) -> list[CallRecord]:
        """Every call, as lists show them."""
        with self._lock:
            return list(reversed(self._calls.values()))

    def live_count(self) -> int:
        """Calls that are not over."""
        with self._lock:
            return sum(not record.over for record in self._calls.values())

    def move(self, record: CallRecord, status: str) -> bool:
        """Take a call to a status; False when it is there already or over."""
        with self._lock:
            if record.over or record.status == status:
                return False
            record.status, record.date_updated = status, utc_now()
            record.past.append((time.time(), status))
            if status == "in-progress":
                record.start_time = record.date_updated
            if status in TERMINAL:
                record.end_time, record.ended_wall = record.date_updated, time.time()
                record.duration_s = record.duration_s or 0
        self._changed(record)
        return True
