"""How rows read on a page: masked numbers, words for what came of a call, times near and exact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from voicebot.domain.call.words import came_of_it
from voicebot.domain.person.phone import mask

Row = Mapping[str, Any]
LIVE = {"queued": "queued", "initiated": "dialled", "ringing": "ringing", "in-progress": "talking"}


def shown_call(row: Row) -> dict[str, Any]:
    """Return the list's row of a call, with the number masked: a request for the whole one is recorded."""
    began = row.get("began_at") or row.get("started_at") or row.get("created_at")
    ended = row.get("ended_at")
    return {
        "id": row["public_id"],
        "name": row.get("name") or "",
        "person": mask(row["phone_number"] or ""),
        "person_id": row.get("person_id"),
        "direction": row["direction"],
        "status": came_of_it(row) if ended else LIVE.get(row["call_status"] or "", "live"),
        "is_live": not ended,
        "has_failed": row.get("call_status") == "failed",
        "began_at": began,
        "duration_s": row.get("duration"),
        "summary": row.get("summary"),
        "tags": row.get("tags", []),
    }


def with_code(message: str) -> Markup:
    """Return a sentence as HTML; text between backticks is shown as typed input."""
    parts = message.split("`")
    if len(parts) % 2 == 0:
        return escape(message)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def exact(moment: str | None, zone: str) -> str:
    """Return a time in full, in a zone."""
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def clock(moment: str | None, zone: str) -> str:
    """Return the hour of a time, to the second, in a zone."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime("%H:%M:%S") if moment else ""


def ago(moment: str | None, now: datetime) -> str:
    """Return how long ago something was, in its largest unit."""
    if not moment:
        return ""
    passed = (now - datetime.fromisoformat(moment)).total_seconds()
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if passed >= seconds:
            return f"{int(passed // seconds)} {unit} ago"
    return "just now" if passed >= 0 else "soon"


def lasted(seconds: float | None) -> str:
    """Return a length as minutes and seconds."""
    return "" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
