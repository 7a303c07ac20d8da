"""Queue: its state, its entries, and one entry with its whole history."""

import secrets
from collections.abc import Mapping
from typing import Any

from voicebot.console.names import named
from voicebot.console.people.shown import name_of
from voicebot.console.queue.forms import FILTER, PURPOSES, STATES, filter_of, person_of
from voicebot.console.queue.shown import STATES as STATE_WORDS
from voicebot.console.queue.shown import shown_entry, timeline
from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.domain.dialling.reasons import sentences
from voicebot.domain.page_cursor import BY_TIME
from voicebot.domain.person.phone import mask
from voicebot.services.dialling import ask
from voicebot.storage import queue
from voicebot.storage.bulk import tags
from voicebot.storage.catalogue import templates
from voicebot.storage.pages import Part
from voicebot.storage.queue import QueueRefused

COUNTED = 10_000
SECTION = "Queue"
COLUMNS = ("id", "name", "person", "template", "status", "next_attempt_at", "why", "attempts_made", "tags")

TYPED = (
    "number", "template", "variables", "not_before", "not_after", "timezone", "priority", "purpose", "consent",
)  # fmt: skip
"""The fields of the form for one call."""


def show_list(visit: Visit) -> Page:
    """How the queue stands, and one page of it, the newest first."""
    runtime = visit.runtime
    entries = more_entries(visit)
    shown = {name: visit.query.get(name, "") for name in FILTER}
    standing = queue.queue_standing(runtime.database, ask.dial_limits(runtime), actor=visit.reader)
    return Page(
        "queue/list.html",
        entries
        | {
            "filter": shown,
            "states": STATES,
            "standing": _standing(standing),
            "tags": tags.list_tags(runtime.database, actor=visit.reader),
            "state_words": STATE_WORDS,
        },
    )


def more_entries(visit: Visit) -> dict[str, Any]:
    """Return one page of the entries alone."""
    runtime, wanted = visit.runtime, filter_of(visit, visit.query)
    page = queue.list_entries(
        runtime.database, ask.dial_limits(runtime), wanted, visit.part(BY_TIME), actor=visit.reader
    )
    rows = named(visit, page.rows, "to")
    return {"entries": [shown_entry(row, visit.zone) for row in rows], "next": page.next}


def show(visit: Visit) -> Page:
    """One entry."""
    return Page("queue/entry.html", entry_data(visit))


def show_form(visit: Visit) -> Page:
    """The form for one call; to a person whose number stays hidden, when the page of the person led here."""
    return Page("queue/add.html", form_data(visit))


def form_data(visit: Visit, fault: Refused | None = None) -> dict[str, Any]:
    """Return the values and messages of the form. Raises Refused."""
    wanted = visit.form.get("person") or visit.query.get("person", "")
    person = person_of(visit, wanted) if wanted else None
    found = templates.list_templates(visit.runtime.database, Part(200), actor=visit.reader)
    return {
        "templates": sorted(one.draft.name for one in found.rows if one.version is not None),
        "purposes": PURPOSES,
        "request_key": visit.form.get("request_key") or secrets.token_hex(16),
        "person": person
        and {"id": person["id"], "name": name_of(person) or mask(person["phone_number"] or "")},
        "typed": {name: visit.form.get(name, "") for name in TYPED},
        "fault": fault and {"field": fault.field, "message": fault.message},
    }


def entry_row(visit: Visit) -> Mapping[str, Any]:
    """Return the entry of the path as it stands. Raises Refused."""
    try:
        return queue.show_entry(
            visit.runtime.database,
            visit.path["entry"],
            ask.dial_limits(visit.runtime),
            actor=visit.reader,
        )
    except QueueRefused:
        raise Refused(404, "There is no such entry, or none that you may see.") from None


def entry_data(visit: Visit) -> dict[str, Any]:
    """Return what the page of an entry shows. Raises Refused."""
    (row,) = named(visit, [entry_row(visit)], "to")
    attempts = [
        {
            **{
                name: one[name]
                for name in ("number", "call_id", "began_at", "ended_at", "answered_by", "goal")
            },
            "from": mask(one["from"] or ""),
            "came_to": one["transport"] or one["error"] or one["state"],
        }
        for one in row["attempts"]
    ]
    entry = shown_entry(row, visit.zone)
    names = ("variables", "purpose", "not_before", "not_after", "scheduled_time", "was_reached", "series_id")
    return {
        "entry": entry | {name: row[name] for name in names},
        "timeline": timeline(row, row["attempts"]),
        "attempts": attempts,
        "number": None,
        "was": {
            name: row[name] for name in ("scheduled_time", "not_before", "not_after", "timezone", "priority")
        },
    }


def _standing(found: Mapping[str, Any]) -> dict[str, Any]:
    counts = [
        {
            "state": state,
            "words": STATE_WORDS[state],
            "entries": f"{COUNTED:,}+" if found["states"][state] > COUNTED else str(found["states"][state]),
        }
        for state in STATES
    ]
    held = [{**one, "words": sentences([one["reason"]])[0]} for one in found["held_by"]]
    lines = [{"number": mask(one["number"] or ""), "calls": one["calls"]} for one in found["rows"]]
    red = [mask(number) for number in found["red_numbers"]]
    return {
        "counts": counts, "held_by": held, "lines": lines, "red_numbers": red, "looked_at": found["looked_at"],
    }  # fmt: skip


ROUTES = (
    Route(
        "GET", "/queue", "queue", show_list, title="Queue", section=SECTION, table=Table("entries", COLUMNS, following=more_entries),
        live=("standing", "entries"), topics=("queue",), is_shared=True,
    ),
    Route("GET", "/queue/<uuid:entry>", "queueEntry", show, section=SECTION),
)  # fmt: skip
