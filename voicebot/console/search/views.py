"""Saved views: a name for the query of a list's URL, one's own or shared with the organization."""

from functools import partial
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import current_app

from voicebot.console.routes import ACTING, Move, Refused, Route, Visit
from voicebot.console.search.counts import Counts
from voicebot.console.search.read import read_search
from voicebot.storage.search import search, views
from voicebot.storage.search.search import Count
from voicebot.storage.search.views import LONGEST_NAME, LONGEST_QUERY, PAGES, ViewRefused

COUNTS = "voicebot-view-counts"
"""Where the application keeps them."""
COUNTED = 1000
MOST_COUNTED_VIEWS = 8
COUNTING_MS = 4.0
PLACES = {"calls": "/calls", "search": "/search", "people": "/people"}
NOT_IN_A_VIEW = ("before",)
WORDS = {
    "not_allowed": (403, "You may not keep searches."),
    "wrong_view": (400, f"A view needs a name of at most {LONGEST_NAME} letters."),
    "too_many": (409, "You keep fifty views already: drop one first."),
    "unknown_view": (404, "There is no such view, or it is somebody else's."),
}


def side(visit: Visit, page: str) -> list[dict[str, Any]]:
    """Return the views of a page, each with how many it finds: counted up to a thousand, of people not at all."""
    if visit.is_refresh:
        # They stand beside what follows, and are not made anew with it.
        return []
    found = views.list_views(visit.runtime.database, page, actor=visit.keeper)
    counted = found[:MOST_COUNTED_VIEWS] if page != "people" else ()
    reader = str(sorted((visit.reader.to_json() or {}).items()))
    counts: Counts = current_app.extensions[COUNTS]
    told = counts.told(
        [
            ((reader, visit.reads_numbers, page, view["query"]), partial(_count, visit, page, view["query"]))
            for view in counted
        ]
    )
    return [
        {name: view[name] for name in ("id", "name", "query", "shared", "own")}
        | {"place": f"{PLACES[page]}?{view['query']}", "count": count, "page": page}
        for view, count in zip_longest(found, told)
    ]


def save(visit: Visit) -> Move:
    """Keep the search of a page under a name."""
    page, name = visit.form.get("page", ""), visit.form.get("name", "").strip()
    try:
        given = parse_qsl(visit.form.get("query", "")[: LONGEST_QUERY * 2], max_num_fields=20)
    except ValueError:
        raise Refused(*WORDS["wrong_view"]) from None
    query = urlencode([(key, value) for key, value in given if value and key not in NOT_IN_A_VIEW])
    if page not in PAGES or not 0 < len(name) <= LONGEST_NAME or len(query) > LONGEST_QUERY:
        raise Refused(*WORDS["wrong_view"])
    shared = visit.form.get("shared") == "1"
    try:
        views.save_view(visit.runtime.database, page, name, query, shared=shared, actor=visit.keeper)
    except ViewRefused as refusal:
        raise Refused(*WORDS[refusal.code]) from None
    return Move(f"/console{PLACES[page]}?{query}")


def drop(visit: Visit) -> Move:
    """Forget a view."""
    page = visit.form.get("page", "")
    try:
        views.drop_view(visit.runtime.database, visit.path["view"], actor=visit.keeper)
    except ViewRefused as refusal:
        raise Refused(*WORDS[refusal.code]) from None
    return Move("/console" + PLACES.get(page, "/calls"))


def _count(visit: Visit, page: str, query: str) -> str:
    try:
        parsed = read_search(visit, dict(parse_qsl(query)))
    except Refused:
        # A shared view may contain anything: it must not break the page for the others.
        return ""
    if parsed.problems:
        return ""
    database, actor = visit.runtime.database, visit.reader
    found = search.count_calls(database, parsed.query, most=COUNTED, budget_ms=COUNTING_MS, actor=actor)
    if page == "search" and found.found <= COUNTED:
        texts = search.count_texts(database, parsed.query, most=COUNTED, budget_ms=COUNTING_MS, actor=actor)
        found = Count(found.found + texts.found, found.whole and texts.whole)
    # Nothing found before the time was up says nothing.
    return found.words(COUNTED) if found.found or found.whole else ""


ROUTES = (
    Route("POST", "/views", "saveView", save, roles=ACTING),
    Route("POST", "/views/<uuid:view>/drop", "dropView", drop, roles=ACTING),
)
