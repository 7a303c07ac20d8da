"""What went over the wire: every REST request the product made, every webhook it got, every alert it earned."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.carrier.wire.feed import KEPT, Feed
from simulator.carrier.wire.formats import new_sid


@dataclass(frozen=True)
class RestEntry:
    """One request to the REST API and how it was answered."""

    n: int
    at: float
    method: str
    path: str
    params: Mapping[str, Any]
    status: int
    code: int | None


@dataclass(frozen=True)
class WebhookEntry:
    """One HTTP request to the product: each try of a retried webhook is an entry with the same `token`."""

    n: int
    at: float
    call_sid: str | None
    kind: str
    method: str
    url: str
    params: Mapping[str, str]
    token: str
    attempt: int
    status: int | None
    took_ms: int
    content_type: str
    body: str
    error_code: int | None


@dataclass(frozen=True)
class Alert:
    """What Twilio's debugger would show; only there do webhook failures appear (handbook 1.2, 9)."""

    n: int
    at: float
    error_code: int
    log_level: str
    call_sid: str | None
    url: str
    text: str
    sid: str = field(default_factory=lambda: new_sid("NO"))


class Ledger:
    """The three lists, bounded, each entry numbered from 1 within its list."""

    def __init__(self, feed: Feed) -> None:
        self._lock = threading.Lock()
        self._feed = feed
        self._rest: deque[RestEntry] = deque(maxlen=KEPT)
        self._webhooks: deque[WebhookEntry] = deque(maxlen=KEPT)
        self._alerts: deque[Alert] = deque(maxlen=KEPT)
        self._counts = {"rest": 0, "webhook": 0, "alert": 0}

    def note_rest(
        self, method: str, path: str, params: Mapping[str, Any], status: int, code: int | None
    ) -> None:
        """Write down one REST request with its answer."""
        with self._lock:
            entry = RestEntry(self._next("rest"), time.time(), method, path, params, status, code)
            self._rest.append(entry)
        self._feed.publish("rest", None, asdict(entry))

    def note_webhook(self, **said: Any) -> None:
        """Write down one try of one webhook; fields as in WebhookEntry."""
        with self._lock:
            entry = WebhookEntry(n=self._next("webhook"), **said)
            self._webhooks.append(entry)
        self._feed.publish("webhook", entry.call_sid, asdict(entry))

    def alert(
        self, error_code: int, text: str, *, call_sid: str | None, url: str = "", level: str = "error"
    ) -> None:
        """Write down what the account's owner would find in the debugger."""
        with self._lock:
            entry = Alert(self._next("alert"), time.time(), error_code, level, call_sid, url, text)
            self._alerts.append(entry)
        self._feed.publish("alert", call_sid, asdict(entry))

    def rest(self) -> list[RestEntry]:
        """All REST requests, oldest first."""
        with self._lock:
            return list(self._rest)

    def webhooks(self, call_sid: str | None = None) -> list[WebhookEntry]:
        """All webhooks, or those of one call, oldest first."""
        with self._lock:
            return [entry for entry in self._webhooks if call_sid in (None, entry.call_sid)]

    def alerts(self, call_sid: str | None = None) -> list[Alert]:
        """All alerts, or those of one call, oldest first."""
        with self._lock:
            return [entry for entry in self._alerts if call_sid in (None, entry.call_sid)]

    def _next(self, which: str) -> int:
        self._counts[which] += 1
        return self._counts[which]
