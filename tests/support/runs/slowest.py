"""Whether a few tests take most of a run's time: then the next hundred cost nothing, and these are the ones to mend."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest

FEW, MUCH = 0.01, 0.40
# A run of some files is no measure of the suite.
ENOUGH_TESTS = 500
SHOWN = 15


def seconds_by_test(reports: Iterable[pytest.TestReport]) -> dict[str, float]:
    """Add up setting up, the test and cleaning up."""
    seconds: dict[str, float] = defaultdict(float)
    for report in reports:
        seconds[report.nodeid] += report.duration
    return dict(seconds)


def lines_about_the_slowest(seconds: Mapping[str, float]) -> list[str]:
    """Return what to print: nothing, unless the slowest 1 % take more than 40 % of the time."""
    if len(seconds) < ENOUGH_TESTS:
        return []
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[: max(1, round(len(seconds) * FEW))]
    total_s, took_s = sum(seconds.values()), sum(each for _, each in slowest)
    if took_s <= total_s * MUCH:
        return []
    head = f"The slowest {len(slowest)} of {len(seconds)} tests take {took_s / total_s:.0%} of {total_s:.0f} s of tests:"
    return [head, *(f"{each:7.1f} s  {name}" for name, each in slowest[:SHOWN])]
