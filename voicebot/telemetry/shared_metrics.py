"""Let the web processes of one machine add up their metrics, through files in one folder.

`prepare` has to run before prometheus_client is imported anywhere in the process that forks the
others, which is why this module stands apart from `metrics.py` and imports it late.
"""

import os
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def prepare(folder: Path) -> None:
    """Choose the folder and forget what the processes of an earlier start had counted."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.glob("*.db"):
        old.unlink(missing_ok=True)
    os.environ[FOLDER_VARIABLE] = str(folder)


def forget_process(pid: int) -> None:
    """Drop the gauges of a process that has ended; its counters stay, so that sums never fall."""
    if FOLDER_VARIABLE in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
