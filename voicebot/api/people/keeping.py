"""How long an organization keeps calls and texts, and the proofs of what was erased, over the API."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Was, seen
from voicebot.api.errors import ApiError, changed_meanwhile
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, PageSize, Query
from voicebot.api.routes import CHANGED_MEANWHILE, OPERATOR, Example, Reply, Request, Route
from voicebot.storage.pages import ListRefused
from voicebot.storage.people import erasures
from voicebot.storage.people.erasures import NotKept

WORDS = {
    "not_allowed": (403, "This key may not do this: it takes the operator's, or one of a leader."),
    "wrong_days": (400, "Expected 1 to 3650 days, or null."),
    "unknown_organization": (404, "There is no such organization."),
}


class Erasure(BaseModel):
    """The proof that something was erased."""

    id: str
    kind: Literal["person", "retention"] = Field(description="`retention`: what was kept long enough.")
    person: str | None
    organization_id: str | None
    state: Literal["running", "done"] = Field(description="`running`: a carrier still keeps recordings.")
    removed: dict[str, int]
    recordings_left: int
    problem: str | None = Field(description="Why it is not done yet, as of the last try.")
    tried_at: str | None
    asked_at: str
    done_at: str | None


class ErasurePage(BaseModel):
    """A page, the newest first."""

    erasures: list[Erasure]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Retention(BaseModel):
    """For how many days calls and texts are kept; null: until somebody is erased."""

    days: int | None


class WantedRetention(Body):
    """For how many days calls and texts are to be kept; null: until somebody is erased."""

    days: int | None = Field(ge=1, le=3650)
    was: Was = None


class ErasureQuery(Query):
    """Which page is wanted."""

    page_size: PageSize = ROWS
    before: AfterTime = None


def list_erasures(request: Request) -> Reply:
    """One page of proofs."""
    try:
        return reply_with_page(request, "erasures", erasures.erasures_page, shown=_shown)
    except ListRefused as refusal:
        raise _refused(refusal.code) from None


def show_retention(request: Request) -> Reply:
    """The days."""
    try:
        days = erasures.retention_days(request.runtime.database, _id(request), actor=request.holder.actor)
    except NotKept as refusal:
        raise _refused(refusal.code) from None
    return Reply(200, {"days": days})


def set_retention(request: Request) -> Reply:
    """Keep calls and texts for another time."""
    wanted: WantedRetention = request.body
    try:
        erasures.set_retention(
            request.runtime.database, _id(request), wanted.days, was=seen(wanted), actor=request.holder.actor
        )
    except NotKept as refusal:
        raise _refused(refusal.code) from None
    return Reply(200, {"days": wanted.days})


def _shown(row: erasures.Row) -> dict[str, Any]:
    return {name: row[name] for name in Erasure.model_fields}


def _id(request: Request) -> UUID:
    return request.id_in_path("organization", _refused("unknown_organization"))


def _refused(code: str) -> ApiError:
    if code == "changed_meanwhile":
        return changed_meanwhile()
    status, words = WORDS[code]
    return ApiError(status, code, words)


NOT_ALLOWED = Example("This key may not do this.")
ROUTES = (
    Route(
        "GET", "/erasures", "listErasures", "List the proofs of what was erased, the newest first.", list_erasures,
        {200: Example("A page.", ErasurePage), 403: NOT_ALLOWED}, roles=OPERATOR, query=ErasureQuery,
    ),
    Route(
        "GET", "/organizations/<organization>/retention", "showRetention", "Tell for how many days calls and texts are kept.",
        show_retention, {200: Example("The days.", Retention), 403: NOT_ALLOWED, 404: Example("No such organization.")},
        roles=OPERATOR,
    ),
    Route(
        "PUT", "/organizations/<organization>/retention", "setRetention", "Keep calls and texts for so many days from now on.",
        set_retention,
        {
            200: Example("The days now.", Retention), 403: NOT_ALLOWED, 404: Example("No such organization."), 409: CHANGED_MEANWHILE,
        },
        body=WantedRetention, roles=OPERATOR,
    ),
)  # fmt: skip
