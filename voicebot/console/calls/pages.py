"""Calls: the list, and one call with what was said in it."""

from typing import Any
from uuid import UUID

from voicebot.console.people.pages import part_of
from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.console.search.pages import NONE, found_call
from voicebot.console.search.read import ASKED, DIRECTIONS, STATUSES, read_search
from voicebot.console.search.views import side
from voicebot.console.words import LIVE, shown_call
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.domain.search.query import QUALIFIERS
from voicebot.storage.access.members import note_audit
from voicebot.storage.calls import calls
from voicebot.storage.search import search

STEPS = ("queued", "initiated", "ringing", "in-progress", "completed")


def show_list(visit: Visit) -> Page:
    """One page of calls, the one that began last first; the box and the choices beside it are one search."""
    wanted = {name: visit.query.get(name, "") for name in ASKED}
    parsed = read_search(visit, wanted)
    database, part = visit.runtime.database, part_of(visit, BY_TIME_AND_NUMBER)
    page, count = NONE, ""
    if not parsed.problems:
        page = search.search_calls(database, parsed.query, part, actor=visit.reader)
        if not parsed.query.asks_nothing:
            count = search.count_calls(database, parsed.query, actor=visit.reader).words()
    return Page(
        "calls/list.html",
        {
            "calls": [found_call(row) for row in page.rows],
            "next": page.next,
            "count": count,
            "problems": [vars(one) for one in parsed.problems],
            "qualifiers": QUALIFIERS,
            "filter": wanted,
            "directions": DIRECTIONS,
            "statuses": STATUSES,
            "views": side(visit, "calls"),
        },
    )


def show(visit: Visit) -> Page:
    """One call. Who reads what was said is put on record."""
    call: UUID = visit.path["call"]
    found = calls.show_call(visit.runtime.database, public_id=call, actor=visit.reader)
    if found is None:
        raise Refused(404, "There is no such call, or none that you may see.")
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


def _utterance(row: Any) -> dict[str, Any]:
    """What was heard, and what of it was cut off."""
    content, heard = row["content"], row["heard"]
    is_cut = heard is not None and len(heard) < len(content)
    confidence = row["confidence_score"]
    return {
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


ROUTES = (
    Route(
        "GET",
        "/calls",
        "calls",
        show_list,
        title="Calls",
        table=Table("calls", ("id", "person", "direction", "status", "began_at", "duration_s", "summary")),
    ),
    Route("GET", "/calls/<uuid:call>", "call", show),
)
