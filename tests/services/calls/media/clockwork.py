"""A clock that nobody waits for: tasks that sleep in it run one at a time, in an order that is always the same."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from greenlet import getcurrent, greenlet

BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


class Clockwork:
    """Runs tasks and calls at their times; `now_ms` is the time in milliseconds."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._hub: greenlet | None = None
        self.failures: list[BaseException] = []

    def now(self) -> datetime:
        return BEGAN + timedelta(milliseconds=self.now_ms)

    def at(self, at_ms: float, do: Callable[[], None]) -> None:
        """Call `do` at that time, or at once where it is over."""
        self._count += 1
        heapq.heappush(self._coming, (max(at_ms, self.now_ms), self._count, do))

    def after(self, ms: float, do: Callable[[], None]) -> None:
        self.at(self.now_ms + ms, do)

    def spawn(self, work: Callable[[], None]) -> None:
        """Run a task, which may sleep."""
        task = greenlet(self._guarded(work))
        self.after(0, task.switch)

    def sleep(self, ms: float) -> None:
        """Only in a task."""
        self.after(ms, getcurrent().switch)
        self.wait()

    def wait(self) -> None:
        """Sleep until somebody switches to this task."""
        assert self._hub is not None
        self._hub.switch()

    def waker(self) -> Callable[[], None]:
        """Return what wakes this task; only while it waits."""
        wake: Callable[[], None] = getcurrent().switch
        return wake

    def run(self, until_ms: float) -> None:
        """Let time pass."""
        self._hub = getcurrent()
        while self._coming and self._coming[0][0] <= until_ms:
            self.now_ms, _, do = heapq.heappop(self._coming)
            do()
            if self.failures:
                raise self.failures[0]
        self.now_ms = until_ms

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                self.failures.append(error)

        return run
