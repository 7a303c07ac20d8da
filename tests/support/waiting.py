"""Waiting for what somebody else does: a process for as long as it lives and does something, however busy the machine."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import psutil

LOOK_EVERY_S = 0.05
T = TypeVar("T")
# A process that uses no CPU for so long waits for something that will not come.
LIFELESS_S = 30.0
# Less than a test may take, so that it says what it waited for.
LONGEST_S = 90.0


def busy_times() -> float:
    """How many times as long as on quiet cores things take now: others may use them too."""
    return max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))


def wait_for_start(
    pid: int, is_ready: Callable[[], bool], said: Callable[[], str], *, lifeless_s: float = LIFELESS_S
) -> None:
    """Wait until `is_ready`; raise with what it `said` when the process ends, or when it stands still.

    It may be a process of others that do the work: theirs counts as life, too.
    """
    began, used_s = time.monotonic(), -1.0
    while not is_ready():
        now_s = cpu_s(pid)
        if now_s is None:
            raise AssertionError(f"process {pid} ended: {said()[-3000:]}")
        if now_s > used_s:
            began, used_s = time.monotonic(), now_s
        if time.monotonic() - began > lifeless_s:
            raise AssertionError(f"process {pid} stands still: {said()[-3000:]}")
        time.sleep(LOOK_EVERY_S)


def cpu_s(pid: int) -> float | None:
    """Seconds of CPU that a process and its descendants have used; None when it has ended."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    used = 0.0
    for member in family:
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system
    return used


def wait_for(
    condition: Callable[[], T],
    timeout_s: float = 20.0,
    pause_s: float = 0.005,
    *,
    told: Callable[[], object] = str,
) -> T:
    """Wait until something that another thread or process does has come true, and return it.

    `timeout_s` is for quiet cores: busy ones are given as many times as long, up to what a test may take. A longer
    pause is for what is dear to look at; `told` says what there was in the end instead.
    """
    until = time.monotonic() + max(timeout_s, min(timeout_s * busy_times(), LONGEST_S))
    while not (found := condition()):
        assert time.monotonic() < until, f"it never came true: {told()}"
        time.sleep(pause_s)
    return found
