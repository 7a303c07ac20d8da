"""Search: calls and texts by words, person, outcome, speed and cost."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.console.search.read import read_search
from voicebot.console.search.views import side
from voicebot.console.words import shown_call
from voicebot.domain.page_cursor import BY_NUMBER
from voicebot.domain.person.phone import mask
from voicebot.domain.search.query import QUALIFIERS, Parsed
from voicebot.storage.access.members import note_audit
from voicebot.storage.pages import Page as Rows
from voicebot.storage.pages import Part
from voicebot.storage.search import search

FEW = 20
ONLY = ("", "texts")
NONE: Rows[Mapping[str, Any]] = Rows([], None)


def show(visit: Visit) -> Page:
    """What a search finds: calls and texts, or texts alone a page at a time."""
    asked = {name: visit.query.get(name, "") for name in ("q", "only")}
    if asked["only"] not in ONLY:
        raise Refused(400, "There is no such part of a search: begin with the whole.")
    parsed = read_search(visit, {"q": asked["q"]})
    is_asked = not parsed.problems and not parsed.query.asks_nothing
    found = _found(visit, parsed, asked["only"]) if is_asked else _nothing()
    return Page(
        "search/results.html",
        found
        | {
            "filter": asked,
            "is_asked": is_asked,
            "problems": [vars(one) for one in parsed.problems],
            "qualifiers": QUALIFIERS,
            "views": side(visit, "search"),
        },
    )


def found_call(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call that was found, with the utterances that hold the words."""
    return shown_call(row) | {
        "outcome": row["outcome"],
        "hits": [
            {
                "speaker": hit["speaker"],
                "start_s": hit["start_s"],
                "text": hit["text"],
                "place": f"#t={hit['start_s']:.1f}" if hit["start_s"] is not None else f"#u{hit['number']}",
            }
            for hit in row["hits"]
        ],
    }


def _found(visit: Visit, parsed: Parsed, only: str) -> dict[str, Any]:
    wanted, database, actor = parsed.query, visit.runtime.database, visit.reader
    few = Part(FEW)
    calls = NONE if only else search.search_calls(database, wanted, few, actor=actor)
    part = visit.part(BY_NUMBER) if only else few
    texts = search.search_texts(database, wanted, part, actor=actor)
    note_audit(database, "words.searched", "search", "", actor=visit.actor)
    calls_by, texts_by = (
        partial(count, database, wanted, actor=actor) for count in (search.count_calls, search.count_texts)
    )
    return {
        "calls": [found_call(row) for row in calls.rows],
        "call_count": "" if only else search.counted(calls, few, calls_by).words(),
        "texts": [_text(row) for row in texts.rows],
        "text_count": search.counted(texts, part, texts_by).words(),
        "next": texts.next,
        "has_more_calls": calls.next is not None,
    }


def _nothing() -> dict[str, Any]:
    return {
        "calls": [], "call_count": "", "texts": [], "text_count": "", "next": None, "has_more_calls": False,
    }  # fmt: skip


def _text(row: Mapping[str, Any]) -> dict[str, Any]:
    place = f"/threads/{row['conversation_id']}" if row["conversation_id"] else None
    return {
        "id": row["id"],
        "name": row["name"] or "",
        "person": mask(row["phone_number"] or ""),
        "direction": row["direction"],
        "sent_by": row["sent_by"],
        "text": row["text"],
        "at": row["created_at"],
        "place": place,
        "thread_id": row["conversation_id"],
    }


ROUTES = (
    Route(
        "GET",
        "/search",
        "search",
        show,
        table=Table(
            "calls",
            ("id", "name", "person", "direction", "status", "began_at", "duration_s", "summary"),
            next="",
        ),
    ),
)
