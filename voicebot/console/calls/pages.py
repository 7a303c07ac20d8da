"""Calls: the list, and one call with what was said in it."""

from typing import Any
from uuid import UUID

from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.console.words import LIVE, shown_call
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.domain.person.phone import parse_e164
from voicebot.storage.access.members import note_audit
from voicebot.storage.calls import calls
from voicebot.storage.calls.calls import CallFilter
from voicebot.storage.pages import Part

ROWS = 50
WATCHED_ONCE_IN_S = 600.0
DIRECTIONS = ("inbound", "outbound")
STATUSES = tuple(str(status) for status in CallStatus)
STEPS = ("queued", "initiated", "ringing", "in-progress", "completed")


def show_list(visit: Visit) -> Page:
    """One page of calls, the one that began last first."""
    wanted = {name: visit.query.get(name, "") for name in ("number", "status", "direction")}
    page = calls.list_calls(visit.runtime.database, _filter(visit, wanted), _part(visit), actor=visit.reader)
    return Page(
        "calls/list.html",
        {
            "calls": [shown_call(row) for row in page.rows],
            "next": page.next,
            "filter": wanted,
            "directions": DIRECTIONS,
            "statuses": STATUSES,
        },
    )


def show(visit: Visit) -> Page:
    """One call. Who reads what was said is put on record."""
    call: UUID = visit.path["call"]
    found = calls.show_call(visit.runtime.database, public_id=call, actor=visit.reader)
    if found is None:
        raise Refused(404, "There is no such call, or none that you may see.")
    if not visit.is_refresh:
        note_audit(visit.runtime.database, "transcript.read", "call", str(call), actor=visit.actor)
    row, summary = found["call"], found["summary"]
    has_summary = summary is not None and summary["generation_status"] == "success"
    return Page(
        "calls/call.html",
        {
            "call": shown_call(row) | {"end_reason": row["end_reason"], "outcome": row["outcome"]},
            "line": _line(row),
            "said": [_utterance(one) for one in found["transcripts"]],
            "summary": {"title": summary["title"], "tldr": summary["tldr"]} if has_summary else None,
            "webhooks": found["statuses"],
        },
    )


def _note_watching(visit: Visit) -> None:
    note_audit(
        visit.runtime.database,
        "call.watched",
        "call",
        str(visit.path["call"]),
        actor=visit.actor,
        once_in_s=WATCHED_ONCE_IN_S,
    )


def _utterance(row: Any) -> dict[str, Any]:
    """What was heard, and what of it was cut off."""
    content, heard = row["content"], row["heard"]
    is_cut = heard is not None and len(heard) < len(content)
    confidence = row["confidence_score"]
    return {
        "number": row["sequence_number"],
        "speaker": row["speaker"],
        "heard": heard if is_cut else content,
        "cut": content[len(heard) :] if is_cut else "",
        "is_unsure": confidence is not None and confidence < 0.6,
        "start_s": row["start_time_seconds"],
        "latency_ms": row["latency_ms"],
    }


def _line(row: Any) -> list[dict[str, Any]]:
    """The states that a call went through, with the times that are known."""
    times = {"initiated": row["started_at"], "in-progress": row["answered_at"], "completed": row["ended_at"]}
    status = row["call_status"] or "queued"
    reached = STEPS.index(status) if status in STEPS else len(STEPS) - 1
    steps = [{"name": name, "at": times.get(name)} for name in STEPS[: reached + 1] if name != "completed"]
    if row["ended_at"] or status not in STEPS[:-1]:
        # A call that nobody answered was not talking before it ended.
        steps = [one for one in steps if one["name"] != "in-progress" or row["answered_at"]]
        steps.append({"name": status, "at": row["ended_at"]})
    return [{"name": LIVE.get(str(one["name"]), str(one["name"])), "at": one["at"]} for one in steps]


def _filter(visit: Visit, wanted: dict[str, str]) -> CallFilter:
    number = parse_e164(wanted["number"], visit.runtime.settings.home_country) if wanted["number"] else None
    if wanted["number"] and number is None:
        raise Refused(400, "This is no phone number: write it like +12025550123.")
    if wanted["status"] not in ("", *STATUSES) or wanted["direction"] not in ("", *DIRECTIONS):
        raise Refused(400, "There is no such status or direction: choose one of the list.")
    return CallFilter(number=number, status=wanted["status"] or None, direction=wanted["direction"] or None)


def _part(visit: Visit) -> Part:
    try:
        after = visit.query.get("before")
        return Part(ROWS, BY_TIME_AND_NUMBER.read(after) if after else None)
    except ValueError:
        raise Refused(400, "This page of the list is not there any more: begin with the first.") from None


ROUTES = (
    Route(
        "GET",
        "/calls",
        "calls",
        show_list,
        title="Calls",
        table=Table("calls", ("id", "person", "direction", "status", "began_at", "duration_s", "summary")),
        live=("calls",),
        topics=("calls",),
        is_shared=True,
    ),
    Route(
        "GET",
        "/calls/<uuid:call>",
        "call",
        show,
        live=("state", "summary", "said", "webhooks"),
        topics=("call:{call}",),
        is_shared=True,
        on_watch=_note_watching,
    ),
)
