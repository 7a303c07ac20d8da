"""Whether the carrier's sockets reach us: what was last seen of it, by whoever has tried."""

import threading
import time
from collections.abc import Callable


class SocketHealth:
    """Good until something else was seen; what was seen as bad is tried again after a while. Safe to share between threads."""

    def __init__(self, bad_for_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._bad_for_s, self._clock = bad_for_s, clock
        self._lock = threading.Lock()
        self._bad_until = 0.0

    def is_good(self) -> bool:
        """Whether a call may be given to a socket."""
        with self._lock:
            return self._clock() >= self._bad_until

    def reached(self) -> None:
        """A socket has reached us."""
        with self._lock:
            self._bad_until = 0.0

    def missed(self) -> None:
        """A socket could not reach us."""
        with self._lock:
            self._bad_until = self._clock() + self._bad_for_s
