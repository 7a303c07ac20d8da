"""Which recordings there are, and which of them were copied (`sql/functions/calls/call_page.sql`)."""

from dataclasses import dataclass
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


def file_name(public_id: UUID | str) -> str:
    """Return under which name the recording of a call is kept."""
    return f"{public_id}.wav"


def recording_to_copy(database: Database, call_id: int) -> WantedCopy | None:
    """Return what is to be copied of a call; None: nothing."""
    row = database.call("recording_to_copy", call_id=call_id)
    if row["result"] != "found":
        return None
    return WantedCopy(
        UUID(row["public_id"]), row["recording_sid"], row["account"], row["is_copied"], row["is_removed"]
    )


def keep_recording_copy(
    database: Database, call_id: int, *, size_bytes: int | None = None, removed: bool = False
) -> bool:
    """Note that there is a copy, and whether the carrier's own was deleted; False: the call is not there any more."""
    answer = database.call("keep_recording_copy", call_id=call_id, bytes=size_bytes, removed=removed)
    return bool(answer["result"] == "kept")
