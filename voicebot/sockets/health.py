"""Whether websockets reach this service, as far as was seen."""

import threading

FAILURES_THAT_COUNT = 2


class SocketsHealth:
    """What came of the last questions. Safe between threads."""

    def __init__(self) -> None:
        self._change = threading.Lock()
        self._failures = FAILURES_THAT_COUNT

    @property
    def is_good(self) -> bool:
        """False until a first socket came through; one failure alone is none."""
        return self._failures < FAILURES_THAT_COUNT

    def note(self, *, came_through: bool) -> None:
        """A socket was tried."""
        with self._change:
            self._failures = 0 if came_through else self._failures + 1
