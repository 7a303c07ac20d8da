"""The people of a campaign over the API: a page as JSON, or all of them as a table."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from voicebot.api.dialling.campaigns import UNKNOWN, campaign_id, worded
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterPerson, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.services.dialling.campaign_tables import PERSON, people_as_csv
from voicebot.storage import campaigns


class Person(BaseModel):
    """Somebody in a campaign, and what came of the newest dial."""

    to: str
    status: Literal["queued", "in-progress", "completed", "failed", "canceled"]
    attempts_made: int
    last_error: str | None
    next_attempt_at: str | None
    began_at: str | None
    ended_at: str | None
    transport: str | None = Field(description="What the carrier made of it.")
    answered_by: str | None
    goal: str | None
    goal_evidence: str | None
    call_sid: str | None
    entry_id: str = Field(description="Its entry in the queue: `/queue/{id}` has every dial.")
    variables: dict[str, Any]


class PeoplePage(BaseModel):
    """A page, by number."""

    people: list[Person]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class ListQuery(Query):
    """Which people are wanted."""

    format: Literal["json", "csv"] | None = Field(None, description="csv: all of them, as a table.")
    page_size: PageSize = ROWS
    before: AfterPerson = None


def list_people(request: Request) -> Reply:
    """One page, or everybody."""
    campaign = campaign_id(request)
    with worded():
        if request.query.format == "csv":
            return Reply(
                200, csv=people_as_csv(request.runtime.database, campaign, actor=request.holder.actor)
            )
        return reply_with_page(request, "people", campaigns.list_people, campaign, shown=_shown)


def _shown(row: Any) -> Any:
    return {name: row[name] for name in PERSON}


ROUTES = (
    Route(
        "GET", "/campaigns/<campaign>/people", "listPeople", "The people of a campaign, and what came of them.", list_people,
        {200: Example("A page.", PeoplePage, csv=True), 404: UNKNOWN}, roles=OPERATOR, query=ListQuery,
    ),
)  # fmt: skip
