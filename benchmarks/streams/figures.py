"""Small sums over what was measured."""

from collections.abc import Iterable
from contextlib import suppress

import psutil


def percentile(values: Iterable[float], percent: float) -> float | None:
    """Return a percentile, None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * percent / 100
    lower = int(place)
    upper = ordered[min(lower + 1, len(ordered) - 1)]
    return round(ordered[lower] + (upper - ordered[lower]) * (place - lower), 2)


def spread(values: list[float]) -> dict[str, float | int | None]:
    """Return count, median, tail and the longest."""
    return {
        "n": len(values), "p50": percentile(values, 50), "p95": percentile(values, 95), "p99": percentile(values, 99),
        "max": round(max(values), 1) if values else None,
    }  # fmt: skip


def usage(pid: int) -> dict[str, float]:
    """Return CPU seconds and kB of a process with its children."""
    used = {"cpu_s": 0.0, "kb": 0.0}
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.Error):
                times = process.cpu_times()
                used["cpu_s"] += times.user + times.system
                used["kb"] += process.memory_full_info().uss / 1024
    return used
