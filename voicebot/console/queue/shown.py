"""How entries of the queue read on a page: whom, when by the person's own clock, and why not yet."""

from collections.abc import Mapping
from typing import Any

from voicebot.console.words import exact
from voicebot.domain.dialling.reasons import sentences, words_of
from voicebot.domain.person.phone import mask

Row = Mapping[str, Any]
STATES = {
    "queued": "waiting",
    "in-progress": "being dialled",
    "completed": "done",
    "failed": "failed",
    "canceled": "canceled",
}
ENDED_BY = {"completed": "ended", "busy": "busy", "no-answer": "nobody answered", "canceled": "canceled"}


def shown_entry(row: Row, zone: str) -> dict[str, Any]:
    """Return a page's view of an entry; times are also given in the zone of the person's place."""
    place = row["timezone"] or next(iter(row["zones"] or ()), None) or zone
    error = row["last_error"]
    return {
        "id": row["id"],
        "name": row.get("name") or "",
        "person": mask(row["to"]),
        "person_id": row.get("person_id"),
        "campaign_id": row["campaign_id"],
        "template": row["template"],
        "state": row["status"],
        "status": STATES[row["status"]],
        "is_live": row["status"] == "in-progress",
        "has_failed": row["status"] == "failed",
        "next_attempt_at": row["next_attempt_at"],
        "there": exact(row["next_attempt_at"], place),
        "zone": place,
        "reasons": list(row["reasons"]),
        "why": sentences(row["reasons"]),
        "ended_with": words_of(error) if error and row["status"] in ("failed", "completed") else None,
        "attempts_made": row["attempts_made"],
        "max_attempts": row["max_attempts"],
        "priority": row["priority"],
        "tags": row.get("tags", []),
        "created_at": row["created_at"],
    }


def timeline(row: Row, attempts: list[Row]) -> list[dict[str, Any]]:
    """Return what happened to an entry, in order: {"name", "at", "more", "call_id"}."""
    steps = [_step("queued", row["created_at"])]
    for one in attempts:
        if one["number"] > 1:
            steps.append(_step("tried again", one["claimed_at"], f"attempt {one['number']}"))
        else:
            steps.append(_step("claimed", one["claimed_at"]))
        steps += [
            _step(name, one[column])
            for name, column in (("dialled", "began_at"), ("ringing", "rang_at"))
            if one[column]
        ]
        if one["answered_at"]:
            steps.append(_step("answered", one["answered_at"], f"by {one['answered_by'] or 'somebody'}"))
            if one["answered_by"] in (None, "human", "unknown"):
                steps.append(_step("talking", one["answered_at"], call_id=one["call_id"]))
        if one["ended_at"]:
            steps.append(_step(*_end(one), call_id=one["call_id"]))
    if row["status"] == "canceled":
        steps.append(_step("canceled", row["updated_at"]))
    elif row["status"] == "queued" and attempts:
        steps.append(_step("waits for another try", None))
    return steps


def _end(one: Row) -> tuple[str, str, str]:
    name = ENDED_BY.get(one["transport"] or "", "failed" if one["state"] == "failed" else "ended")
    why = one["end_reason"] or one["error"] or one["transport"] or ""
    return name, one["ended_at"], words_of(why).replace("_", " ") if why not in ("completed", "") else ""


def _step(name: str, at: str | None, more: str = "", *, call_id: str | None = None) -> dict[str, Any]:
    return {"name": name, "at": at, "more": more, "call_id": call_id}
