"""The files in which a web process counts: their room on the disk is taken before anything is counted in them.

prometheus_client maps files with holes into memory. Where the disk is full, writing into a hole ends the process with SIGBUS, and
with it every call that it carries.
"""

import logging
import os
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

ROOM = 256 * 1024
"""Bytes of a file: about ten times of what is counted, so that none grows."""
log = logging.getLogger(__name__)


class Unshared:
    """What is counted by a process whose file has no room: nobody adds it up."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[float, float]] = {}

    def read_value(self, key: str) -> tuple[float, float]:
        """Return a value and its time, zeros at first."""
        return self._values.setdefault(key, (0.0, 0.0))

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Keep a value and its time."""
        self._values[key] = (value, timestamp)

    def close(self) -> None:
        """There is nothing to close."""


def metric_file(filename: str) -> MmapedDict | Unshared:
    """Open a file of values, in the library's place; without room for it the values stay in the process."""
    try:
        with Path(filename).open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, ROOM)
    except OSError:
        # An empty file is none that can be added up.
        Path(filename).unlink(missing_ok=True)
        log.exception("a process counts for itself: its metrics have no room")
        return Unshared()
    return MmapedDict(filename)  # type: ignore[no-untyped-call]
