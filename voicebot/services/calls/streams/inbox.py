"""The inbox of a call on a socket: beside events it keeps one alarm of the line, so that no call needs a thread for it."""

import queue
import threading
from collections.abc import Callable
from datetime import datetime

from voicebot.domain.call.events import Event


class StreamInbox:
    """Events in the order in which they came. Safe to share between threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._alarm: tuple[datetime, Callable[[], None]] | None = None
        self._change = threading.Lock()
        self._posted = self._taken = self._handled = 0

    def now(self) -> datetime:
        """Return the time."""
        return self._now()

    def post(self, event: Event) -> None:
        """Add an event."""
        with self._change:
            self._posted += 1
        self._events.put(event)

    @property
    def is_settled(self) -> bool:
        """Whether whoever takes the events is done with all that were posted."""
        return self._handled >= self._posted

    def wake(self, at: datetime | None, do: Callable[[], None]) -> None:
        """Have the waiting thread call `do` at that time; this replaces the earlier alarm. None: no alarm."""
        before = self._alarm
        self._alarm = None if at is None else (at, do)
        if at is not None and (before is None or at < before[0]):
            # Whoever waits has planned to wait for longer.
            self._events.put(None)

    def take(self, until: datetime | None) -> Event | None:
        """Wait for the next event; None when there is none by `until` (None: for ever). A due alarm goes off here.

        Asking for the next event says that the earlier ones are done.
        """
        self._handled = self._taken
        while True:
            alarm = self._alarm
            ends = min((at for at in (until, alarm and alarm[0]) if at), default=None)
            timeout_s = None if ends is None else max(0.0, (ends - self._now()).total_seconds())
            try:
                event = self._events.get(timeout=timeout_s)
            except queue.Empty:
                if alarm is not None and alarm[0] <= self._now() and self._alarm is alarm:
                    self._alarm = None
                    alarm[1]()
                    continue
                if until is not None and until <= self._now():
                    return None
                continue
            if event is not None:
                self._taken += 1
                return event
