"""Calls: the list, and one call with what was said in it."""

from uuid import UUID

from flask import current_app

from voicebot.console.calls.one_call import page_of_call
from voicebot.console.calls.sound import hear, sound_of
from voicebot.console.calls.support import MAKERS, bundle
from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.console.words import shown_call
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.domain.person.phone import parse_e164
from voicebot.storage.access.members import note_audit
from voicebot.storage.calls import calls
from voicebot.storage.calls.call_page import call_page, neighbours
from voicebot.storage.calls.calls import CallFilter
from voicebot.storage.pages import Part

ROWS = 50
WATCHED_ONCE_IN_S = 600.0
DIRECTIONS = ("inbound", "outbound")
STATUSES = tuple(str(status) for status in CallStatus)
FILTERS = ("number", "status", "direction")


def show_list(visit: Visit) -> Page:
    """One page of calls, the one that began last first."""
    wanted = {name: visit.query.get(name, "") for name in FILTERS}
    page = calls.list_calls(visit.runtime.database, _filter(visit, wanted), _part(visit), actor=visit.reader)
    return Page(
        "calls/list.html",
        {
            "calls": [shown_call(row) for row in page.rows],
            "next": page.next,
            "filter": wanted,
            "kept": {name: value for name, value in wanted.items() if value},
            "directions": DIRECTIONS,
            "statuses": STATUSES,
        },
    )


def show(visit: Visit) -> Page:
    """One call. Who reads what was said is put on record."""
    call: UUID = visit.path["call"]
    database, reader = visit.runtime.database, visit.reader
    found = calls.show_call(database, public_id=call, actor=reader)
    page = call_page(database, call, actor=reader) if found else None
    if found is None or page is None:
        raise Refused(404, "There is no such call, or none that you may see.")
    if not visit.is_refresh:
        note_audit(database, "transcript.read", "call", str(call), actor=visit.actor)
    wanted = {name: visit.query.get(name, "") for name in FILTERS}
    newer, older = neighbours(database, call, _filter(visit, wanted), actor=reader)
    recording, peaks = sound_of(visit, found["call"])
    data = page_of_call(found, page, peaks, recording)
    return Page(
        "calls/call.html",
        data
        | {
            "filter": {name: value for name, value in wanted.items() if value},
            "newer": newer,
            "older": older,
            "may_correct": _may_correct(visit),
        },
    )


def _may_correct(visit: Visit) -> bool:
    role = visit.session.role if visit.session else ""
    return role in ("owner", "admin", "operator") and "console.correctAnswer" in current_app.view_functions


def _note_watching(visit: Visit) -> None:
    note_audit(
        visit.runtime.database,
        "call.watched",
        "call",
        str(visit.path["call"]),
        actor=visit.actor,
        once_in_s=WATCHED_ONCE_IN_S,
    )


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
        live=("state", "lanes", "said", "summary", "aside"),
        topics=("call:{call}",),
        is_shared=True,
        on_watch=_note_watching,
    ),
    Route("GET", "/calls/<uuid:call>/recording", "recording", hear, is_data=True),
    Route("POST", "/calls/<uuid:call>/bundle", "bundle", bundle, roles=MAKERS, is_data=True),
)
