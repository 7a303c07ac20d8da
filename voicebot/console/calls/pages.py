"""Calls: the list, and one call with what was said in it."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app

from voicebot.console.calls.one_call import page_of_call
from voicebot.console.calls.sound import hear, sound_of
from voicebot.console.calls.support import bundle
from voicebot.console.names import named
from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.console.search.pages import NONE, found_call
from voicebot.console.search.read import ASKED, DIRECTIONS, STATUSES, read_search
from voicebot.console.search.views import side
from voicebot.console.step.panel import step_panel
from voicebot.domain.access.roles import EDITORS
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.domain.search.query import QUALIFIERS
from voicebot.storage.access.members import note_audit
from voicebot.storage.calls import calls
from voicebot.storage.calls.call_page import call_page, neighbours
from voicebot.storage.calls.calls import CallFilter
from voicebot.storage.search import search

WATCHED_ONCE_IN_S = 600.0


def show_list(visit: Visit) -> Page:
    """One page of calls, the latest begin first; the search box and the filters beside it make one search."""
    wanted = {name: visit.query.get(name, "") for name in ASKED}
    parsed = read_search(visit, wanted)
    database, part = visit.runtime.database, visit.part(BY_TIME_AND_NUMBER)
    page, count = NONE, ""
    if not parsed.problems:
        page = search.search_calls(database, parsed.query, part, actor=visit.reader)
        if not parsed.query.asks_nothing:
            all_of_them = partial(search.count_calls, database, parsed.query, actor=visit.reader)
            count = search.counted(page, part, all_of_them).words()
    return Page(
        "calls/list.html",
        {
            "calls": [found_call(row) for row in page.rows],
            "next": page.next,
            "count": count,
            "problems": [vars(one) for one in parsed.problems],
            "qualifiers": QUALIFIERS,
            "filter": wanted,
            "kept": {name: value for name, value in wanted.items() if value},
            "directions": DIRECTIONS,
            "statuses": STATUSES,
            "views": side(visit, "calls"),
        },
    )


def more_calls(visit: Visit) -> dict[str, Any]:
    """Return one page of the calls alone, uncounted."""
    parsed = read_search(visit, {name: visit.query.get(name, "") for name in ASKED})
    page = search.search_calls(
        visit.runtime.database, parsed.query, visit.part(BY_TIME_AND_NUMBER), actor=visit.reader
    )
    return {"calls": [found_call(row) for row in page.rows], "next": page.next}


def show(visit: Visit) -> Page:
    """Show one call. The audit log records who read its words."""
    call: UUID = visit.path["call"]
    database, reader = visit.runtime.database, visit.reader
    found = calls.show_call(database, public_id=call, actor=reader)
    page = call_page(database, call, actor=reader) if found else None
    if found is None or page is None:
        raise Refused(404, "There is no such call, or none that you may see.")
    if not visit.is_refresh:
        note_audit(database, "transcript.read", "call", str(call), actor=visit.actor)
    wanted = {name: visit.query.get(name, "") for name in ASKED}
    newer, older = _neighbours(visit, wanted, call)
    recording, peaks = sound_of(visit, found["call"])
    (row,) = named(visit, [found["call"]])
    data = page_of_call({**found, "call": row}, page, peaks, recording)
    return Page(
        "calls/call.html",
        data
        | {
            "filter": {name: value for name, value in wanted.items() if value},
            "newer": newer,
            "older": older,
            "may_correct": _may_correct(visit),
            "step": step_panel(visit, call),
        },
    )


def _neighbours(visit: Visit, wanted: dict[str, str], call: UUID) -> tuple[str | None, str | None]:
    """The calls before and after it on the list that it was opened from; none where that is asked for words or tags."""
    if wanted["q"] or wanted["tag"]:
        return None, None
    query = read_search(visit, wanted).query
    wish = CallFilter(number=query.number, status=query.status, direction=query.direction)
    return neighbours(visit.runtime.database, call, wish, actor=visit.reader)


def _may_correct(visit: Visit) -> bool:
    role = visit.session.role if visit.session else ""
    return role in EDITORS and "console.correctAnswer" in current_app.view_functions


def _note_watching(visit: Visit) -> None:
    note_audit(
        visit.runtime.database,
        "call.watched",
        "call",
        str(visit.path["call"]),
        actor=visit.actor,
        once_in_s=WATCHED_ONCE_IN_S,
    )


ROUTES = (
    Route(
        "GET",
        "/calls",
        "calls",
        show_list,
        title="Calls",
        table=Table(
            "calls",
            ("id", "name", "person", "direction", "status", "began_at", "duration_s", "summary"),
            following=more_calls,
        ),
        live=("calls",),
        topics=("calls",),
        is_shared=True,
    ),
    Route(
        "GET",
        "/calls/<uuid:call>",
        "call",
        show,
        live=("state", "stepped", "lanes", "said", "summary", "aside"),
        topics=("call:{call}",),
        is_shared=True,
        on_watch=_note_watching,
    ),
    Route("GET", "/calls/<uuid:call>/recording", "recording", hear, is_data=True),
    Route("POST", "/calls/<uuid:call>/bundle", "bundle", bundle, roles=EDITORS, is_data=True),
)
