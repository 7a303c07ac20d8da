"""What is still to come in a session, by the seconds of its call."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Due:
    """One thing to be done, unless it is called off before."""

    at_s: float
    n: int
    do: Callable[[], None] = field(compare=False)
    off: bool = field(default=False, compare=False)


class Timetable:
    """Things to do, in the order of their time; the session's clock moves with `run` alone."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s
        self._rows: list[Due] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, do: Callable[[], None]) -> Due:
        """Do something so many seconds from now."""
        row = Due(self.now_s + seconds, next(self._numbers), do)
        heapq.heappush(self._rows, row)
        return row

    def next_s(self) -> float | None:
        """When the next thing is due; None when there is none."""
        while self._rows and self._rows[0].off:
            heapq.heappop(self._rows)
        return self._rows[0].at_s if self._rows else None

    def run(self, now_s: float) -> None:
        """Do everything that is due by now, each at its own time."""
        while (due_s := self.next_s()) is not None and due_s <= now_s:
            row = heapq.heappop(self._rows)
            self.now_s = max(self.now_s, row.at_s)
            row.do()
        self.now_s = max(self.now_s, now_s)
