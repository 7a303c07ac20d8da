"""Which recordings there are, and which of them we keep (`sql/functions/calls/recordings.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from voicebot.storage.database import Database


@dataclass(frozen=True)
class WantedCopy:
    """A recording that its carrier has finished."""

    public_id: UUID
    recording_sid: str
    account: str
    is_copied: bool
    is_removed: bool


class Taped(StrEnum):
    """What is to be done with the tapes of a call."""

    RUNNING = "running"
    """Nothing yet."""
    OVER = "over"
    """They become its recording."""
    COPIED = "copied"
    """It has a copy of the carrier's: nothing more is needed of them."""


def file_name(public_id: UUID | str, *, taped: bool = False) -> str:
    """Return under which name the recording of a call is kept: a copy of the carrier's, or what our tapes have."""
    return f"{public_id}-tape.wav" if taped else f"{public_id}.wav"


def name_in(row: Mapping[str, Any]) -> str:
    """Return under which name the recording of a call is kept. `row` is the call's."""
    return file_name(row["public_id"], taped=row["recording_taped_s"] is not None)


def recording_to_copy(database: Database, call_id: int) -> WantedCopy | None:
    """Return what is to be copied of a call; None: nothing."""
    row = database.call("recording_to_copy", call_id=call_id)
    if row["result"] != "found":
        return None
    return WantedCopy(
        UUID(row["public_id"]), row["recording_sid"], row["account"], row["is_copied"], row["is_removed"]
    )


def note_carriers_removed(database: Database, call_id: int) -> None:
    """Note that the carrier's own was deleted."""
    database.call("keep_recording_copy", call_id=call_id, removed=True)


def keep_recording_copy(database: Database, call_id: int, *, size_bytes: int) -> bool:
    """Make a copy of the carrier's the call's recording; False: the call has a whole tape, or was erased."""
    return bool(database.call("keep_recording_copy", call_id=call_id, bytes=size_bytes)["result"] == "kept")


def taped_calls(database: Database, public_ids: Sequence[UUID]) -> Mapping[UUID, Taped]:
    """Return what to do with the tapes of calls; a call that is missing in the answer no longer exists."""
    calls = database.call("taped_calls", public_ids=[str(each) for each in public_ids])["calls"]
    return {UUID(public_id): Taped(state) for public_id, state in calls.items()}


def note_tape_refused(database: Database, public_id: UUID) -> None:
    """Keep for people that the store will never take a call's tape as it is."""
    database.call("note_tape_refused", public_id=public_id)


def tapes_refused(database: Database) -> int:
    """Return how many calls have a tape that the store does not take."""
    return int(database.call("tapes_refused")["count"])


def keep_taped_recording(
    database: Database, public_id: UUID, *, size_bytes: int, began_at: datetime, taped_s: float
) -> bool:
    """Make a tape the call's recording; False: it has a copy of the carrier's, or was erased."""
    kept = database.call(
        "keep_taped_recording", public_id=public_id, bytes=size_bytes, began_at=began_at, taped_s=taped_s
    )
    return bool(kept["result"] == "kept")
