"""Two runs of pytest beside each other: what is measured in real time goes before, the rest takes the time it leaves.

`python -m tests.two_runs REST REAL_TIME [ARGUMENTS]`: each of the first two is one run's arguments, the others are for both. What
is measured in real time waits most of its time, and the rest computes: after one another they would take half as long again.

Linux shares the cores among sessions before it looks at how nice a process is: the rest is a session that stands back, and so
does each database server that it starts (`tests.support.servers`).
"""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from typing import IO

import psutil

from tests.support.servers import LATER, stand_back

NO_TESTS = 5


def main(rest: str, real_time: str, *both: str) -> int:
    """Run both, show the rest as it goes and the other after it; return the exit code of the first that failed."""
    with tempfile.TemporaryFile() as told:
        before = subprocess.Popen(pytest(real_time, both), stdout=told, stderr=subprocess.STDOUT)
        after = subprocess.Popen(pytest(rest, both), start_new_session=True)
        with suppress(psutil.NoSuchProcess):
            psutil.Process(after.pid).nice(LATER)
        stand_back(after.pid, LATER)
        try:
            codes = [after.wait(), shown_to_the_end(told, before)]
        except KeyboardInterrupt:
            # The terminal has told the one of its session alone.
            after.send_signal(signal.SIGINT)
            codes = [run.wait() for run in (after, before)]
        finally:
            for run in (after, before):
                run.terminate()
    return next((code for code in codes if code not in (0, NO_TESTS)), 0)


def pytest(own: str, both: tuple[str, ...]) -> list[str]:
    """Return the command of one run."""
    return [sys.executable, "-m", "pytest", *shlex.split(own), *both]


def shown_to_the_end(told: IO[bytes], run: "subprocess.Popen[bytes]") -> int:
    """Print what a run has told and goes on telling; return its exit code."""
    place, code = 0, None
    while code is None:
        code = run.poll()
        # Where the run writes is the same for both: it is read by its place.
        while piece := os.pread(told.fileno(), 65_536, place):
            place += len(piece)
            os.write(sys.stdout.fileno(), piece)
        time.sleep(0.1)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
