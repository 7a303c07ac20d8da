"""Searches over the API: calls and texts by the words and qualifiers of the console's box, and the searches that are kept."""

from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterCall, AfterNumber, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.search.query import QUALIFIERS, SearchQuery, parse
from voicebot.storage.search import search, views
from voicebot.storage.search.views import LONGEST_NAME, LONGEST_QUERY, ViewRefused

PAGES = Literal["calls", "search", "people"]
BOX_WORDS = (
    "Words, and qualifiers: " + "; ".join(f"`{name}:` {words}" for name, words in QUALIFIERS.items()) + "."
)
VIEW_WORDS = {
    "not_allowed": (403, "This key may not keep searches."),
    "wrong_view": (400, "A view needs a name, and a query of a URL."),
    "too_many": (409, "Fifty views are kept already: drop one first."),
    "unknown_view": (404, "There is no such view, or it is somebody else's."),
}


class Piece(BaseModel):
    """A part of what was said; a hit is a word that was searched for."""

    text: str
    is_hit: bool


class Hit(BaseModel):
    """An utterance that holds the words."""

    number: int
    speaker: str
    start_s: float | None
    text: list[Piece]


class FoundCall(BaseModel):
    """A call that was found."""

    id: str
    user_id: str | None
    direction: Literal["inbound", "outbound"] | None
    phone_number: str
    status: str | None
    outcome: str | None
    end_reason: str | None
    duration_s: int | None
    cost: float | None
    summary: str | None
    started_at: str | None
    ended_at: str | None
    hits: list[Hit]


class FoundText(BaseModel):
    """A text that was found."""

    id: int
    conversation_id: str | None
    user_id: str | None
    phone_number: str
    direction: Literal["inbound", "outbound"]
    sent_by: str | None
    text: list[Piece]
    created_at: str


class CallsFound(BaseModel):
    """A page, the call that began last first. A page that took long may hold fewer calls than there are: its `next` goes on."""

    calls: list[FoundCall]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class TextsFound(BaseModel):
    """A page, the newest first. A page that took long may hold fewer texts than there are: its `next` goes on."""

    texts: list[FoundText]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class SearchCallsQuery(Query):
    """What is searched for."""

    q: str = Field(description=BOX_WORDS)
    page_size: PageSize = ROWS
    before: AfterCall = None


class SearchTextsQuery(Query):
    """What is searched for."""

    q: str = Field(description=BOX_WORDS)
    page_size: PageSize = ROWS
    before: AfterNumber = None


class NewView(Body):
    """A search that is to be kept."""

    page: PAGES = Field(description="The list that it is of.")
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    query: str = Field(max_length=LONGEST_QUERY, description="The query of the list's URL.")
    shared: bool = Field(False, description="Whether everybody of the organization has it.")


class View(BaseModel):
    """A search that is kept."""

    id: str
    page: PAGES
    name: str
    query: str
    shared: bool
    own: bool


class ViewList(BaseModel):
    """All of them by their names: two hundred at most."""

    views: list[View]


class SavedView(BaseModel):
    """The view that was kept."""

    id: str


class DroppedView(BaseModel):
    """The view is gone."""

    id: str
    dropped: Literal[True]


def search_calls(request: Request) -> Reply:
    """One page of calls."""
    wanted = search_of(request, request.query.q)
    return reply_with_page(request, "calls", search.search_calls, wanted, shown=_call)


def search_texts(request: Request) -> Reply:
    """One page of texts."""
    wanted = search_of(request, request.query.q)
    return reply_with_page(request, "texts", search.search_texts, wanted, shown=_text)


def list_views(request: Request) -> Reply:
    """The key's own views and the shared ones."""
    try:
        rows = views.list_views(request.runtime.database, actor=request.holder.actor)
    except ViewRefused as refusal:
        raise _refused(refusal) from None
    return Reply(200, {"views": [{name: row[name] for name in View.model_fields} for row in rows]})


def save_view(request: Request) -> Reply:
    """Keep a search; the same name again is the same view."""
    wanted: NewView = request.body
    try:
        made = views.save_view(
            request.runtime.database,
            wanted.page,
            wanted.name,
            wanted.query,
            shared=wanted.shared,
            actor=request.holder.actor,
        )
    except ViewRefused as refusal:
        raise _refused(refusal) from None
    return Reply(201, {"id": str(made)})


def drop_view(request: Request) -> Reply:
    """Forget a view."""
    try:
        view = UUID(request.path["view"])
        views.drop_view(request.runtime.database, view, actor=request.holder.actor)
    except (ValueError, ViewRefused) as refusal:
        raise _refused(refusal) from None
    return Reply(200, {"id": str(view), "dropped": True})


def search_of(request: Request, box: str, field: str = "q") -> SearchQuery:
    """Read what is typed into the console's box; days are those of the service's zone. Raises ApiError about `field`."""
    settings = request.runtime.settings
    now = request.runtime.now().astimezone(ZoneInfo(settings.timezone))
    parsed = parse(box, now=now, country=settings.home_country)
    if parsed.problems:
        one = parsed.problems[0]
        hint = f" Try `{one.suggestion}`." if one.suggestion and one.typed not in one.suggestion else ""
        raise ApiError(400, "invalid_search", one.message + hint, field=field)
    return parsed.query


def _call(row: search.Row) -> dict[str, Any]:
    named = {**row, "id": row["public_id"], "status": row["call_status"], "duration_s": row["duration"]}
    return {name: named[name] for name in FoundCall.model_fields}


def _text(row: search.Row) -> dict[str, Any]:
    return {name: row[name] for name in FoundText.model_fields}


def _refused(refusal: Exception) -> ApiError:
    code = refusal.code if isinstance(refusal, ViewRefused) else "unknown_view"
    status, words = VIEW_WORDS[code]
    return ApiError(status, code, words)


WRONG = Example("The search cannot be read; the message says what to write instead.")
ROUTES = (
    Route(
        "GET", "/search/calls", "searchCalls", "Search calls by what was said, what came of them, how fast and dear they were.",
        search_calls, {200: Example("A page.", CallsFound), 400: WRONG}, noted=("words.searched", "search"), roles=OPERATOR, query=SearchCallsQuery,
    ),
    Route(
        "GET", "/search/texts", "searchTexts", "Search texts by their words.", search_texts,
        {200: Example("A page.", TextsFound), 400: WRONG}, noted=("words.searched", "search"), roles=OPERATOR, query=SearchTextsQuery,
    ),
    Route(
        "GET", "/views", "listViews", "List the searches that are kept.", list_views, {200: Example("All of them.", ViewList)},
        roles=OPERATOR,
    ),
    Route(
        "POST", "/views", "saveView", "Keep a search under a name.", save_view,
        {201: Example("It is kept.", SavedView), 409: Example("There are fifty already.")}, body=NewView, roles=OPERATOR,
    ),
    Route(
        "DELETE", "/views/<view>", "dropView", "Forget a search.", drop_view,
        {200: Example("It is gone.", DroppedView), 404: Example("No such view, or somebody else's.")}, roles=OPERATOR,
    ),
)  # fmt: skip
