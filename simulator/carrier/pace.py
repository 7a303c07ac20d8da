"""How fast time passes in one call: in real time, some times faster, or compressed to nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Pace:
    """The clock of one call, in seconds since the call began, independent of the wall clock."""

    def __init__(self, speed: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.speed = speed
        self._monotonic = monotonic
        self._began = monotonic()
        self._skipped_s = 0.0

    @property
    def compressed(self) -> bool:
        """Whether sounds, pauses and timeouts take no time at all."""
        return self.speed == 0

    def wall_s(self, seconds: float) -> float:
        """How long `seconds` of the call last on the wall clock."""
        return 0.0 if self.compressed else seconds / self.speed

    def now_s(self) -> float:
        """Seconds of the call since it began."""
        return self._monotonic() - self._began + self._skipped_s

    def jump(self, seconds: float, *, since_s: float) -> None:
        """Set the clock to `seconds` after `since_s` (a `now_s` of before), unless it is later already."""
        self._skipped_s += max(0.0, since_s + seconds - self.now_s())

    @contextmanager
    def at(self, speed: float) -> Iterator[None]:
        """Within this, time passes so fast."""
        before, self.speed = self.speed, speed
        try:
            yield
        finally:
            self.speed = before
