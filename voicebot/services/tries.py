"""How often somebody may try something in a time."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Tries:
    """Tries by somebody, in a sliding window; remembers a bounded number of people. One a process, safe between threads."""

    most: int
    window_s: float
    clock: Callable[[], float] = time.monotonic
    remembered: int = 10_000
    _times: "OrderedDict[str, deque[float]]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, who: str) -> float:
        """Return for how long `who` may not try; 0 when they may."""
        with self._lock:
            return self._wait_s(who)

    def add(self, who: str) -> None:
        """One more try."""
        with self._lock:
            self._add(who)

    def take(self, who: str) -> float:
        """Count a try and return 0; or return for how long `who` may not try."""
        with self._lock:
            if not (wait_s := self._wait_s(who)):
                self._add(who)
            return wait_s

    def _wait_s(self, who: str) -> float:
        times = self._recent(who)
        return times[0] + self.window_s - self.clock() if times and len(times) >= self.most else 0.0

    def _add(self, who: str) -> None:
        times = self._recent(who)
        if times is None:
            times = self._times[who] = deque(maxlen=self.most)
        times.append(self.clock())
        self._times.move_to_end(who)
        while len(self._times) > self.remembered:
            self._times.popitem(last=False)

    def _recent(self, who: str) -> "deque[float] | None":
        times = self._times.get(who)
        while times and times[0] <= self.clock() - self.window_s:
            times.popleft()
        return times
