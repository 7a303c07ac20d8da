"""The states of a call as a line: the reached ones with their times, the present one, and the skipped ones."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
ANSWERERS = {
    "person": "by a person",
    "machine": "by a machine",
    "human": "by a person",
    "screener": "by a screener",
}
OURS = ("queued", "dialled", "ringing", "answered", "talking")
THEIRS = ("ringing", "answered", "talking")


def timeline(call: Row, page: Row, transcripts: Sequence[Row]) -> list[dict[str, Any]]:
    """Return [{"name", "at", "note", "state"}]; `state`: past, now, next or skipped."""
    is_outbound, is_over = call["direction"] == "outbound", call["ended_at"] is not None
    times = _times(call, page, transcripts)
    steps = [
        {"name": name, "at": times.get(name), "note": "", "state": "past"}
        for name in (OURS if is_outbound else THEIRS)
    ]
    reached = max((nth for nth, step in enumerate(steps) if step["at"]), default=-1)
    for nth, step in enumerate(steps):
        if nth > reached or (step["at"] is None and step["name"] in ("answered", "talking")):
            step["state"] = "skipped" if is_over else "next"
        elif nth == reached and not is_over:
            step["state"] = "now"
        if step["name"] == "answered" and step["at"]:
            step["note"] = _by_whom(call, page)
    reason = str(call["end_reason"] or "").replace("_", " ")
    ended = {"name": "ended", "at": call["ended_at"], "note": reason, "state": "past" if is_over else "next"}
    return [*steps, ended]


def _times(call: Row, page: Row, transcripts: Sequence[Row]) -> dict[str, Any]:
    told = {}
    for event in reversed(page["events"]):
        kind, _, status = event["type"].partition(":")
        if kind == "status" and event["source"] != "refused":
            told[status] = event["received_at"]
    dial = next((one for one in page["dials"] if one["is_this"]), None)
    first = next((row["created_at"] for row in transcripts), None)
    return {
        "queued": dial and dial["queued_at"],
        "dialled": (dial and dial["dialled_at"]) or told.get("initiated") or call["started_at"],
        "ringing": told.get("ringing") or (call["started_at"] if call["direction"] != "outbound" else None),
        "answered": call["answered_at"],
        "talking": first,
    }


def _by_whom(call: Row, page: Row) -> str:
    dial = next((one for one in page["dials"] if one["is_this"]), None)
    who = (dial and dial["answered_by"]) or call["answered_by"]
    return ANSWERERS.get(who, str(who or "").replace("_", " "))
