"""The inbox of a call's owner, on the clock of the process."""

import queue
from collections.abc import Callable
from datetime import datetime

from voicebot.domain.call.events import Event


class QueueInbox:
    """Events in the order in which they came. Safe to share between threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def now(self) -> datetime:
        """Return the time."""
        return self._now()

    def post(self, event: Event) -> None:
        """Add an event."""
        self._events.put(event)

    def take(self, until: datetime | None) -> Event | None:
        """Wait for the next event; None when there is none by `until` (None: for ever)."""
        timeout_s = None if until is None else max(0.0, (until - self._now()).total_seconds())
        try:
            return self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None
