"""Remember whether the database was there a moment ago, so that no call waits for a database that is away."""

import threading
import time
from collections.abc import Callable

from voicebot.storage.database.port import DatabaseAway
from voicebot.telemetry import metrics

FAILURES_UNTIL_AWAY = 3
PROBE_EVERY_S = 1.0


class Health:
    """Counts failures in a row: after three, calls fail at once and one a second may look again."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next_probe = 0.0

    @property
    def away(self) -> bool:
        """Whether calls fail without being tried."""
        return self._failures >= FAILURES_UNTIL_AWAY

    def admit(self) -> None:
        """Let one call through, or raise DatabaseAway at once."""
        if not self.away:
            return
        with self._lock:
            now = self._clock()
            if self.away and now < self._next_probe:
                raise DatabaseAway("the database was away a moment ago")
            self._next_probe = now + PROBE_EVERY_S

    def answered(self) -> None:
        """A call reached the database, whatever it said."""
        if self._failures:
            with self._lock:
                self._failures = 0
                metrics.DATABASE_AWAY.set(0)

    def failed(self) -> None:
        """A call did not reach the database."""
        with self._lock:
            self._failures += 1
            if self._failures == FAILURES_UNTIL_AWAY:
                self._next_probe = self._clock() + PROBE_EVERY_S
                metrics.DATABASE_AWAY.set(1)
