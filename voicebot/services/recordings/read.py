"""Read a recording through this service: the reader has been checked, and never learns where it is stored."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.providers.ports import Recordings
from voicebot.runtime import Runtime
from voicebot.storage.calls.recordings import name_in

Row = Mapping[str, Any]
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class NotInIt(Exception):
    """What was asked for lies behind the end; `size` is how long it is."""

    def __init__(self, size: int) -> None:
        super().__init__("outside of the recording")
        self.size = size


@dataclass(frozen=True)
class Part:
    """Bytes `first` to `last` of `size`, in pieces."""

    first: int
    last: int
    size: int
    pieces: Iterator[bytes]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.last - self.first + 1 == self.size


def shelf_of(runtime: Runtime, row: Row) -> Recordings | None:
    """Return where a call's recording is; None: there is none. `row` is the call's."""
    return runtime.recordings if row["recording_copied_at"] else None


def read_recording(runtime: Runtime, row: Row, wanted: str = "") -> Part | None:
    """Return what a Range header asks of a call's recording, all of it for any other header; None: there is none.

    Raises NotInIt and ProviderError.
    """
    shelf, name = shelf_of(runtime, row), name_in(row)
    size = shelf.size(name) if shelf else None
    if shelf is None or not size:
        return None
    first, last = _range(wanted, size)
    return Part(first, last, size, shelf.read(name, first, last))


def offset_s(row: Row) -> float:
    """Return how many seconds after the call the recording began: with the answer, where nobody knows better."""
    began, recorded = row["started_at"], row["recording_began_at"] or row["answered_at"]
    if not began or not recorded:
        return 0.0
    return max(0.0, (datetime.fromisoformat(recorded) - datetime.fromisoformat(began)).total_seconds())


def has_recording(runtime: Runtime, row: Row) -> bool:
    """Tell whether there is anything to hear."""
    return shelf_of(runtime, row) is not None


def _range(wanted: str, size: int) -> tuple[int, int]:
    found = RANGE.fullmatch(wanted.strip())
    if found is None or not (found[1] or found[2]):
        return 0, size - 1
    if not found[1]:
        return max(0, size - int(found[2])), size - 1
    first = int(found[1])
    if first >= size:
        raise NotInIt(size)
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if last < first:
        return 0, size - 1
    return first, last


def name_of(call: UUID) -> str:
    """Return what a recording is called when it is saved."""
    return f"call-{str(call)[:8]}.wav"
