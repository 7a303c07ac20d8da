"""End processes that the demo started, within a bounded time."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from voicebot.demo.place import RunningProcess

GRACE_S = 0.7
"""Seconds in which they may finish; the service loses nothing that it has accepted even when it is killed."""
WATCHMAN = "watchman"


def end_processes(processes: Sequence[RunningProcess], grace_s: float = GRACE_S) -> int:
    """End those that still run, each with the whole group that it leads; return how many those were."""
    alive = [process for process in processes if process.alive]
    for process in alive:
        # Another program that is about to end the same processes would end what is started after them.
        ask = signal.SIGKILL if process.name == WATCHMAN else signal.SIGTERM
        with suppress(ProcessLookupError):
            os.kill(process.pid, ask)
    comes_true(lambda: not any(process.alive for process in alive), grace_s)
    for process in alive:
        kill_group(process.pid)
    return len(alive)


def kill_group(leader: int) -> None:
    """Kill what is left of a group of processes."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def comes_true(condition: Callable[[], bool], within_s: float, every_s: float = 0.02) -> bool:
    """Wait until something holds; False when it does not within that time."""
    until = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(every_s)
    return True
