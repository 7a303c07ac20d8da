"""Where recordings are kept: a folder of this machine, or a store that others offer."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID


class TapeSink(Protocol):
    """One recording under way. Nothing here waits for a disk."""

    def write(self, left: bytes, right: bytes) -> None:
        """Add sound: mu-law, 8 kHz, a channel each; the shorter one is silent to the end of the other.

        A write that fails ends the recording there.
        """
        ...

    def close(self) -> None:
        """The recording is whole; more than once."""
        ...


@dataclass(frozen=True)
class KeptRecording:
    """A recording of a call: WAV, mu-law, 8 kHz, the caller left and the bot right. A call has one for each of its sockets."""

    public_id: UUID
    """The call's."""
    began_at: datetime
    duration_s: float
    name: str
    """What `Tapes.read` takes."""


@dataclass(frozen=True)
class JoinedTape:
    """All that was recorded of a call, as one WAV file."""

    began_at: datetime
    """When its first sample was heard."""
    taped_s: float
    """Seconds of sound, without the silence between two tapes."""
    size_bytes: int
    file: Path


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

    def calls(self, most: int) -> Sequence[UUID]:
        """Return the calls that have recordings here, of which some may be under way."""
        ...

    def joining(self) -> AbstractContextManager[bool]:
        """Yield whether this process joins recordings now: one of the machine does."""
        ...

    def join(self, public_id: UUID) -> JoinedTape | None:
        """Return a call's recordings joined, with silence between them; None while one is under way, or when none has
        sound.

        The file exists until the next call of `join` or `delete`. Only where `joining` yields True. Raises OSError.
        """
        ...

    def repair(self) -> int:
        """Finish recordings whose processes died; return how many."""
        ...
