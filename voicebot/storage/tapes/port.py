"""Where recordings are kept: a folder of this machine, or a store that others offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


class TapeSink(Protocol):
    """One recording under way. Nothing here waits for a disk."""

    def write(self, left: bytes, right: bytes) -> None:
        """Add sound: mu-law, 8 kHz, a channel each; the shorter one is silent to the end of the other.

        What cannot be kept ends the recording there.
        """
        ...

    def close(self) -> None:
        """The recording is whole; more than once."""
        ...


@dataclass(frozen=True)
class KeptRecording:
    """A recording of a call: WAV, mu-law, 8 kHz, the caller left and we right. A call has one for each of its sockets."""

    public_id: UUID
    """The call's."""
    began_at: datetime
    duration_s: float
    name: str
    """What `Tapes.read` takes."""


class Tapes(Protocol):
    """Tapes by their calls."""

    def begin(self, public_id: UUID, began_at: datetime) -> TapeSink:
        """Begin a recording whose first sample is heard at `began_at`."""
        ...

    def of(self, public_id: UUID) -> Sequence[KeptRecording]:
        """Return a call's recordings that are over, the oldest first; one whose process died is repaired."""
        ...

    def read(self, recording: KeptRecording) -> bytes:
        """Return the WAV file. Raises OSError."""
        ...

    def delete(self, public_id: UUID) -> None:
        """Delete a call's recordings, also those under way; a call without any changes nothing."""
        ...

    def repair(self) -> int:
        """Finish recordings whose processes died; return how many."""
        ...
