"""Threads: the list with its parts, one item with everything that belongs to it, and its draft."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from voicebot.console.names import named
from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.console.threads.shown import CHANGED, later_texts, shown_item, timeline
from voicebot.domain.access.roles import EDITORS
from voicebot.domain.page_cursor import BY_URGENCY
from voicebot.domain.thread.later import CHOICES
from voicebot.services.texts.reply import LONGEST_TEXT
from voicebot.storage.access.members import note_audit
from voicebot.storage.texts import inbox
from voicebot.storage.texts.inbox import SHOWS

WORDS = {
    "open": "Open",
    "waiting": "Waiting",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "snoozed": "Snoozed",
    "resolved": "Resolved",
}
EMPTY = {
    "open": "Nothing is open. Texts, messages of callers and wishes to be called back show up here.",
    "waiting": "Nobody waits for a person. The bot answers by itself.",
    "mine": "Nothing is assigned to you. Take something from Unassigned.",
    "unassigned": "Everything is assigned to somebody.",
    "snoozed": "Nothing is put off.",
    "resolved": "Nothing is resolved yet.",
}
FOR_AGENTS = {
    "open": "Nothing is open. What an operator gives to you shows up here.",
    "mine": "Nothing is assigned to you. An operator gives threads to you.",
    "unassigned": "You see only what is assigned to you.",
}
"""An agent takes nothing alone."""


def show_list(visit: Visit) -> Page:
    """One page of a part of the list, the most urgent first."""
    show = shown_part(visit.query.get("show", ""))
    database, person = visit.runtime.database, user_of(visit)
    is_agent = visit.session is not None and visit.session.role == "agent"
    counts = inbox.count_inbox(database, person, actor=visit.reader)
    parts = [
        {"name": name, "words": words, "count": _count(counts.get(name))} for name, words in WORDS.items()
    ]
    return Page(
        "threads/list.html",
        more_items(visit)
        | {
            "filter": {"show": show} if show != "open" else {},
            "show": show,
            "parts_of_list": parts,
            "empty": (EMPTY | FOR_AGENTS if is_agent else EMPTY)[show],
        },
    )


def more_items(visit: Visit) -> dict[str, Any]:
    """Return one page of a part of the list alone, uncounted."""
    show = shown_part(visit.query.get("show", ""))
    page = inbox.inbox_page(
        visit.runtime.database, show, visit.part(BY_URGENCY), person=user_of(visit), actor=visit.reader
    )
    return {"items": [shown_item(row) for row in named(visit, page.rows)], "next": page.next}


def show(visit: Visit) -> Page:
    """Show one item. The audit log records the reader; a reader who may answer marks the item as seen."""
    item: UUID = visit.path["item"]
    data = item_data(visit, item)
    if visit.is_refresh:
        return Page("threads/thread.html", data)
    if visit.session is not None and visit.session.role == "viewer":
        note_audit(visit.runtime.database, "thread.read", "thread", str(item), actor=visit.actor)
    else:
        inbox.read_item(visit.runtime.database, item, actor=visit.actor)
    return Page("threads/thread.html", data)


def show_draft(visit: Visit) -> Page:
    """The draft alone: whether it is there yet."""
    found = _found(visit, visit.path["item"])
    return Page("threads/draft.html", {"id": found["item"]["id"], "draft": found["draft"]})


def item_data(visit: Visit, item: UUID) -> dict[str, Any]:
    """Return all that the page of an item shows. Raises Refused."""
    found = _found(visit, item)
    role = visit.session.role if visit.session else ""
    (row,) = named(visit, [found["item"]])
    is_text = row["kind"] == "thread"
    return {
        "item": shown_item(row) | {
            "is_mine": row["assigned_to"] is not None and row["assigned_to"] == str(user_of(visit)),
            "taken_name": row["taken_name"],
            "changed": CHANGED.get(row["changed"] or "", ""),
            "changed_name": row["changed_name"] or "the operator of the machine",
        },
        "events": timeline(found),
        "later": [
            one | {"local": _local(one["not_before"], visit.zone)}
            for one in later_texts(found)
        ],
        "draft": found["draft"],
        "thread_id": found["thread_id"],
        "stopped": bool(row["suppressed"] and row["suppressed"]["texts"]),
        "may_act": role != "viewer",
        "may_assign": role in EDITORS,
        "may_draft": is_text,
        "may_reply": row["phone_number"] not in ("", "anonymous"),
        "members": inbox.list_members(visit.runtime.database, actor=visit.reader),
        "put_off": [{"name": name, "words": words} for name, words in CHOICES.items()],
        "show": shown_part(visit.query.get("show") or visit.form.get("show", "")),
        "form_key": secrets.token_urlsafe(12),
        "longest": LONGEST_TEXT,
        "soonest": visit.local_now.strftime("%Y-%m-%dT%H:%M"),
        "zone": visit.zone,
        "typed": "",
        "typed_at": "",
        "error": "",
    }  # fmt: skip


def shown_part(name: str) -> str:
    """Return the part of the list that a URL or a form names. Raises Refused."""
    if name and name not in SHOWS:
        raise Refused(400, "There is no such part of the list: choose one above it.")
    return name or "open"


def user_of(visit: Visit) -> UUID | None:
    """Return who is signed in, as a person; None: the operator of the machine."""
    return visit.session.user_id if visit.session else None


def _found(visit: Visit, item: UUID) -> Any:
    found = inbox.show_item(visit.runtime.database, item, actor=visit.reader)
    if found is None:
        raise Refused(404, "There is no such thread, or none that you may see.")
    return found


def _local(moment: str, zone: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def _count(count: int | None) -> str:
    if count is None:
        return ""
    return "1,000+" if count > 1000 else str(count)


PLACE = "/threads"
ROUTES = (
    Route(
        "GET", PLACE, "threads", show_list, title="Threads",
        table=Table("items", (
            "id", "kind", "name", "person", "reason", "state", "waiting_since", "unread", "assigned_name", "snoozed_until", "last_at",
            "last_words",
        ), following=more_items),
        live=("items", "counts", "waits"), topics=("threads",),
    ),
    Route("GET", f"{PLACE}/<uuid:item>", "thread", show, live=("state", "talk"), topics=("thread:{item}",)),
    Route("GET", f"{PLACE}/<uuid:item>/draft", "draft", show_draft),
)  # fmt: skip
