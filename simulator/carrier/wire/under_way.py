"""Counts the work on other threads, so that a caller can wait until none is left."""

import threading
from collections.abc import Callable


class UnderWay:
    """Work on threads of its own, counted from the moment it is started."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def start(self, work: Callable[[], None], name: str) -> None:
        """Run `work` beside everything else."""
        with self._changed:
            self._count += 1

        def run() -> None:
            try:
                work()
            finally:
                with self._changed:
                    self._count -= 1
                    self._changed.notify_all()

        threading.Thread(target=run, name=name, daemon=True).start()

    def idle(self, timeout_s: float) -> bool:
        """Wait until nothing is under way; False when time ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, timeout=timeout_s)
