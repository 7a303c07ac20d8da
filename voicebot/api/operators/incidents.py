"""Incidents of the dialling over the API: the open ones, and the closed ones."""

from typing import Literal

from pydantic import BaseModel, Field

from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.dialling.incidents import INCIDENT_KINDS
from voicebot.storage import incidents
from voicebot.storage.incidents import IncidentFilter
from voicebot.storage.pages import ListRefused

Kind = Literal["not_claimed", "stalled", "no_worker", "breaker_open", "number_red"]
State = Literal["open", "closed"]
KINDS_WORDS = " ".join(f"`{kind}`: {words}" for kind, words in INCIDENT_KINDS.items())


class Incident(BaseModel):
    """Something that was wrong, since when and until when."""

    id: str
    kind: Kind = Field(description=KINDS_WORDS)
    subject: str = Field(
        description="A number of ours, a campaign's id, a provider, the queue or the worker."
    )
    reason: str = Field(description="What was seen, for people.")
    state: State
    opened_at: str
    closed_at: str | None = Field(description="null: it is still so.")


class IncidentPage(BaseModel):
    """A page, the newest first."""

    incidents: list[Incident]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class IncidentQuery(Query):
    """Which incidents are wanted."""

    state: State | None = Field(None, description="open: what is wrong now. closed: what is over.")
    kind: Kind | None = Field(None, description="Only of this kind.")
    page_size: PageSize = ROWS
    before: AfterTime = None


def list_incidents(request: Request) -> Reply:
    """One page."""
    wanted = IncidentFilter(**request.query.filters())
    try:
        return reply_with_page(request, "incidents", incidents.incidents_page, wanted, shown=dict)
    except ListRefused:
        raise ApiError(403, "not_allowed", "Incidents are the whole service's.") from None


ROUTES = (
    Route(
        "GET",
        "/incidents",
        "listIncidents",
        "List what is or was wrong with the dialling, the newest first.",
        list_incidents,
        {
            200: Example("A page.", IncidentPage),
            403: Example("This key is narrowed to somebody; incidents are the whole service's."),
        },
        roles=OPERATOR,
        query=IncidentQuery,
    ),
)
