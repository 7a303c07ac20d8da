"""What a text costs, in the CPU of this thread: no neighbour's work counts, and no machine is too slow."""

import time
from collections.abc import Callable

TRIES = 3
# Four times as much text costs four times as much, sixteen times where the cost is quadratic.
TIMES, AT_MOST = 4, 9.0
# Below this the clock itself is what is measured.
NOTHING_S = 0.002


def assert_grows_gently(work: Callable[[int], object], length: int) -> None:
    """Raise when `work(n)` costs more than in proportion to n, from `length` to four times of it."""
    once, more = _cpu_s(work, length), _cpu_s(work, length * TIMES)
    assert more < AT_MOST * max(once, NOTHING_S), (
        f"{once:.4f} s for {length}, {more:.4f} s for {TIMES} times as much"
    )


def _cpu_s(work: Callable[[int], object], length: int) -> float:
    took = []
    for _ in range(TRIES):
        began = time.thread_time()
        work(length)
        took.append(time.thread_time() - began)
    return min(took)
