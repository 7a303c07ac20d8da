"""The recording of a call, through us: with the viewer's right, in ranges, put on record, cached by nobody."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app, request

from voicebot.console.routes import File, Refused, Visit
from voicebot.domain.access.next_page import HOME
from voicebot.providers.ports import ProviderError
from voicebot.services.recordings.peaks import PeakBook, Peaks, peaks_of
from voicebot.services.recordings.read import NotInIt, has_recording, name_of, offset_s, read_recording
from voicebot.storage.access.members import note_audit
from voicebot.storage.calls import calls

Row = Mapping[str, Any]
HEARD_ONCE_IN_S = 600.0
AWAY = "The recording cannot be read right now: try again in a moment."
STATES = {
    "in-progress": "It is being recorded; it can be heard after the call.",
    "completed": "The recording is on its way here from the carrier.",
    "absent": "Nothing was recorded.",
    "failed": "The recording failed at the carrier.",
}


def hear(visit: Visit) -> File:
    """The recording, or the part of it that the player asks for."""
    call: UUID = visit.path["call"]
    found = calls.show_call(visit.runtime.database, public_id=call, actor=visit.reader)
    if found is None:
        raise Refused(404, "There is no such call, or none that you may see.")
    try:
        part = read_recording(visit.runtime, found["call"], request.headers.get("Range", ""))
    except NotInIt as error:
        return File(b"", "audio/wav", status=416, headers={"Content-Range": f"bytes */{error.size}"})
    except ProviderError:
        raise Refused(503, AWAY) from None
    if part is None:
        raise Refused(404, "There is no recording of this call.")
    # A player asks for one recording in many parts.
    note_audit(
        visit.runtime.database,
        "recording.heard",
        "call",
        str(call),
        actor=visit.actor,
        once_in_s=HEARD_ONCE_IN_S,
    )
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(part.last - part.first + 1),
        "Content-Disposition": f'inline; filename="{name_of(call)}"',
        "Cache-Control": "no-store",
    }
    if request.headers.get("Range"):
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{part.size}"
    return File(part.pieces, "audio/wav", status=206 if "Content-Range" in headers else 200, headers=headers)


def sound_of(visit: Visit, row: Row) -> tuple[Mapping[str, Any], Peaks | None]:
    """Return what the page says of a call's recording, {"url", "offset_s", "words"}, and what its waveform is drawn from."""
    try:
        is_there = has_recording(visit.runtime, row)
    except ProviderError:
        return {"words": AWAY}, None
    if not is_there or row["ended_at"] is None:
        return {"words": STATES.get(row["recording_status"] or "", "")}, None
    url = f"{HOME}/calls/{row['public_id']}/recording"
    book: PeakBook = current_app.extensions.setdefault("voicebot-peaks", PeakBook())
    return {"url": url, "offset_s": offset_s(row), "words": ""}, peaks_of(visit.runtime, book, row)
