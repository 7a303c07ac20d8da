"""Campaigns over the API: made, filled from a file, previewed, edited while they run, reported."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, PhoneNumber, Revision
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.services.dialling import ask
from voicebot.services.dialling import campaigns as service
from voicebot.services.dialling.ask import CallRefused
from voicebot.services.dialling.campaign_tables import figures_as_csv
from voicebot.storage import campaigns
from voicebot.storage.campaigns import NewCampaign
from voicebot.storage.queue import QueueRefused

Row = Mapping[str, Any]
CONFLICTS = {"changed_meanwhile", "wrong_state", "nobody"}
State = Literal["draft", "running", "paused", "canceled", "done"]
Purpose = Literal["asked_for", "service", "marketing"]
Week = dict[str, list[list[str]]]
_NAME = Field(min_length=1, max_length=200, description="What it is called.")
_TEMPLATE = Field(None, min_length=1, max_length=200, description="Its id or name.")
_WINDOW = Field(None, description='Calling hours of its own, as `{"mon": [["09:00", "17:00"]]}`.')
_LINES = Field(None, ge=1, le=100_000, description="Calls of it at once.")
_RATE = Field(None, ge=0.001, le=1000, description="Calls of it a second.")
_REDIAL = Field(None, max_length=10, description='Seconds before each redial, as `{"busy": [300, 1800]}`.')
_CALLER = Field(None, description="A number of ours that its calls come from; without, the service chooses.")
_ATTEMPTS = Field(None, ge=1, le=20, description="Attempts for each person.")


class NewCampaignBody(Body):
    """A campaign that is wanted."""

    name: str = _NAME
    purpose: Purpose = Field("service", description="Which consent it needs.")
    template: str | None = _TEMPLATE
    time_window: Week | None = _WINDOW
    concurrent: int | None = _LINES
    calls_per_second: float | None = _RATE
    redial: dict[str, list[int]] | None = _REDIAL
    max_attempts: int | None = _ATTEMPTS
    caller_number: PhoneNumber | None = _CALLER


class ChangedCampaign(Body):
    """The changes: an absent field stays, null removes a rule. They hold from the next call."""

    name: str | None = Field(None, min_length=1, max_length=200)
    state: Literal["running", "paused", "canceled"] | None = None
    template: str | None = _TEMPLATE
    time_window: Week | None = _WINDOW
    concurrent: int | None = _LINES
    calls_per_second: float | None = _RATE
    redial: dict[str, list[int]] | None = _REDIAL
    max_attempts: int | None = _ATTEMPTS
    caller_number: PhoneNumber | None = _CALLER
    revision: Revision | None = None


class Campaign(BaseModel):
    """A campaign."""

    id: str
    name: str
    state: State
    purpose: Purpose
    revision: int = Field(description="Grows with each edit.")
    template: str | None
    time_window: Week | None
    concurrent: int | None
    calls_per_second: float | None
    redial: dict[str, list[int]] | None
    max_attempts: int
    caller_number: str | None
    created_at: str
    updated_at: str


class CampaignPage(BaseModel):
    """A page, the newest first."""

    campaigns: list[Campaign]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class CampaignQuery(Query):
    """Which campaigns are wanted."""

    state: State | None = Field(None, description="How they stand.")
    page_size: PageSize = ROWS
    before: AfterTime = None


class Later(BaseModel):
    """People who are dialled later."""

    reason: str
    at: str | None = Field(description="To the minute; null: nobody knows.")
    people: int


class Never(BaseModel):
    """People who are never dialled."""

    reason: str
    people: int


class LookedAt(BaseModel):
    """On how many calls an estimate rests."""

    talk_s: int
    cost: int


class Preview(BaseModel):
    """What a campaign would do if it ran now."""

    campaign: Campaign
    at: str
    waiting: int
    callable: int
    now: int
    later: list[Later]
    never: list[Never]
    lines: int | None
    held_by: list[str] = Field(
        description="What holds back all of it now: every provider is full, broken or off."
    )
    takes_s: float | None = Field(description="How long dialling takes, were it alone.")
    talk_s: float = Field(description="How long a call takes.")
    talk_from: Literal["template", "calls", "assumed"] = Field(
        description="What that rests on: the newest calls with this template, the newest calls that we made, nothing."
    )
    cost: float = Field(description="What one call to everybody who can be called costs, about.")
    currency: str
    cost_from: Literal["template", "calls", "list_price"] = Field(
        description="What that rests on: prices of the newest calls with this template, of the newest calls that we made, or "
        "the price of a minute from the carrier's list."
    )
    calls_looked_at: LookedAt


class Redials(BaseModel):
    """People who are dialled again."""

    people: int
    next_at: str | None


class Report(BaseModel):
    """What came of a campaign, told alike in every state."""

    campaign: Campaign
    people: int
    by_status: dict[str, int]
    failed_by: dict[str, int]
    redials_to_come: Redials
    attempts: int
    under_way: int
    by_transport: dict[str, int] = Field(description="What the carrier made of the attempts.")
    by_answered_by: dict[str, int] = Field(description="Who answered them.")
    by_goal: dict[str, int] = Field(description="Whether they reached what they were made for.")
    invalid_numbers: int = Field(description="People whose number is nobody's: they count nowhere else.")
    dialled: int = Field(description="People who were dialled; numbers that are none do not count.")
    talked_with: int = Field(description="People who answered themselves: no mailbox, screener or fax.")
    reached: int = Field(description="Of them those with whom the goal was reached, by their own words.")
    by_outcome: dict[str, int] = Field(description="What came of the calls, in the template's words.")
    cost: dict[str, float] = Field(description="What its calls cost so far, by currency.")
    unpriced: int = Field(description="Calls whose price nobody told yet.")
    counted_at: datetime | None = Field(
        None,
        description="Of more than 5,000 people the worker counts, each minute while it runs; null: counted now.",
    )


class ReportQuery(Query):
    """How a report is told."""

    format: Literal["json", "csv"] | None = Field(None, description="csv: as a table of figure, name, value.")


def make(request: Request) -> Reply:
    """Make a draft."""
    with worded():
        made = service.make(
            request.runtime, NewCampaign(**request.body.model_dump()), actor=request.holder.actor
        )
    return Reply(201, made)


def list_campaigns(request: Request) -> Reply:
    """One page."""
    return reply_with_page(
        request, "campaigns", campaigns.list_campaigns, request.query.state, shown=lambda row: row
    )


def show(request: Request) -> Reply:
    """One campaign."""
    with worded():
        return Reply(
            200,
            campaigns.show_campaign(
                request.runtime.database, campaign_id(request), actor=request.holder.actor
            ),
        )


def change(request: Request) -> Reply:
    """Edit it, start it, pause it."""
    changes = request.body.model_dump(include=request.body.model_fields_set - {"revision"})
    for needed in ("name", "state", "max_attempts"):
        if needed in changes and changes[needed] is None:
            raise ApiError(400, "invalid_request", "Expected a value.", field=needed)
    with worded():
        row = service.change(
            request.runtime, campaign_id(request), changes, request.body.revision, actor=request.holder.actor
        )
    return Reply(200, row)


def preview(request: Request) -> Reply:
    """Whom it would dial."""
    with worded():
        told = campaigns.preview_campaign(
            request.runtime.database,
            campaign_id(request),
            ask.dial_limits(request.runtime),
            actor=request.holder.actor,
        )
    return Reply(200, {name: told[name] for name in Preview.model_fields})


def report(request: Request) -> Reply:
    """What came of it."""
    with worded():
        told = campaigns.campaign_report(
            request.runtime.database, campaign_id(request), actor=request.holder.actor
        )
    shown = {name: told[name] for name in Report.model_fields}
    return Reply(200, csv=figures_as_csv(shown)) if request.query.format == "csv" else Reply(200, shown)


class worded:
    """Turns refusals into the API's own, also those that SQL alone knows."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, QueueRefused):
            error = service.refused(error)
        if isinstance(error, CallRefused):
            statuses = {"unknown_campaign": 404, "not_allowed": 403, "invalid_request": 400}
            status = 409 if error.code in CONFLICTS else statuses.get(error.code, 422)
            raise ApiError(status, error.code, error.words, field=error.field) from None


def campaign_id(request: Request) -> UUID:
    """Return which campaign a request is about. Raises ApiError."""
    return request.id_in_path(
        "campaign", ApiError(404, "unknown_campaign", service.WORDS["unknown_campaign"])
    )


UNKNOWN = Example("`unknown_campaign`: there is none that this key may see.")
TEMPLATE = Example(
    "`unknown_template`, `unpublished_template`, or `invalid_variables`: it asks for what people lack."
)
ROUTES = (
    Route(
        "POST", "/campaigns", "makeCampaign", "Make a draft of a campaign.", make,
        {201: Example("The draft.", Campaign), 422: TEMPLATE}, body=NewCampaignBody, roles=OPERATOR, done=("campaign.made", "campaign"),
    ),
    Route(
        "GET", "/campaigns", "listCampaigns", "List campaigns, the newest first.", list_campaigns,
        {200: Example("A page.", CampaignPage)}, roles=OPERATOR, query=CampaignQuery,
    ),
    Route(
        "GET", "/campaigns/<campaign>", "showCampaign", "One campaign.", show,
        {200: Example("The campaign.", Campaign), 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "PATCH", "/campaigns/<campaign>", "changeCampaign", "Edit a campaign, start it, pause it, cancel it.", change,
        {
            200: Example("The campaign as it stands now.", Campaign),
            404: UNKNOWN,
            409: Example("`changed_meanwhile` (another revision), `wrong_state`, or `nobody` (to start)."),
            422: TEMPLATE,
        },
        body=ChangedCampaign, roles=OPERATOR, done=("campaign.changed", "campaign"),
    ),
    Route(
        "GET", "/campaigns/<campaign>/preview", "previewCampaign", "Whom it would dial if it ran now, and when.", preview,
        {200: Example("The preview.", Preview), 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "GET", "/campaigns/<campaign>/report", "reportCampaign", "What came of it so far.", report,
        {200: Example("The report.", Report, csv=True), 404: UNKNOWN}, roles=OPERATOR, query=ReportQuery,
    ),
)  # fmt: skip
