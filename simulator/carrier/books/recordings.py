"""The recordings of the account: their calls, and whether they are finished (handbook 1.5)."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.carrier.wire.formats import new_sid, rfc2822, utc_now


@dataclass
class Recording:
    """One recording; `call_sid` is always the parent leg's."""

    account_sid: str
    call_sid: str
    source: str
    channels: int
    began_s: float
    """When it began, on the clock of its call."""
    callback_url: str = ""
    callback_method: str = "POST"
    callback_events: frozenset[str] = frozenset({"completed"})
    track: str = "both"
    sid: str = field(default_factory=lambda: new_sid("RE"))
    status: str = "in-progress"
    start_time: datetime = field(default_factory=utc_now)
    date_updated: datetime = field(default_factory=utc_now)
    duration_s: int = -1

    @property
    def path(self) -> str:
        """Where its audio is: without an extension WAV, with `.mp3` MP3."""
        return f"/2010-04-01/Accounts/{self.account_sid}/Recordings/{self.sid}"

    def shown(self) -> dict[str, Any]:
        """The resource as Twilio's JSON."""
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "call_sid": self.call_sid,
            "conference_sid": None,
            "status": self.status,
            "source": self.source,
            "channels": self.channels,
            "track": self.track,
            "duration": str(self.duration_s) if self.duration_s >= 0 else None,
            "price": None,
            "price_unit": "USD",
            "start_time": rfc2822(self.start_time),
            "date_created": rfc2822(self.start_time),
            "date_updated": rfc2822(self.date_updated),
            "error_code": None,
            "encryption_details": None,
            "media_url": None,
            "api_version": "2010-04-01",
            "uri": f"{self.path}.json",
        }


class RecordingShelf:
    """All recordings, newest last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recordings: dict[str, Recording] = {}

    def add(self, recording: Recording) -> Recording:
        """Keep a recording."""
        with self._lock:
            self._recordings[recording.sid] = recording
        return recording

    def remove(self, recording: Recording) -> None:
        """Forget a recording."""
        with self._lock:
            self._recordings.pop(recording.sid, None)

    def find(self, sid: str) -> Recording | None:
        """The recording with this sid."""
        with self._lock:
            return self._recordings.get(sid)

    def of_call(self, call_sid: str) -> list[Recording]:
        """The recordings of one call, oldest first."""
        with self._lock:
            return [recording for recording in self._recordings.values() if recording.call_sid == call_sid]

    def newest_first(self) -> list[Recording]:
        """Every recording, as lists show them."""
        with self._lock:
            return list(reversed(self._recordings.values()))
