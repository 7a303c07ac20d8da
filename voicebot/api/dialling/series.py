"""Calls that repeat, over the API: begun with `repeat` in POST /queue, looked at, edited, paused, canceled here."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Moment, Revision
from voicebot.api.dialling.worded import id_of, worded
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, Number, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.dialling.recurrence import LONGEST_RULE
from voicebot.services.dialling import series as service
from voicebot.storage.dialling import series
from voicebot.storage.dialling.series import SeriesFilter

Row = Mapping[str, Any]
State = Literal["active", "paused", "canceled", "done"]
RULE_WORDS = (
    "An RRULE of RFC 5545 by the clock of the person's place, as `FREQ=WEEKLY;BYDAY=MO`; at most once a day."
)


class ChangedSeries(Body):
    """The changes: an absent field stays. They hold for calls that have not been dialled yet."""

    state: Literal["active", "paused", "canceled"] | None = None
    repeat: str | None = Field(None, min_length=1, max_length=LONGEST_RULE, description=RULE_WORDS)
    scheduled_time: Moment | None = Field(None, description="When the first call of the new rule is.")
    priority: int | None = Field(None, ge=-100, le=100)
    revision: Revision | None = None


class Waiting(BaseModel):
    """A call of a series that waits or is under way."""

    id: str
    occurrence: str
    status: Literal["queued", "in-progress"]


class Series(BaseModel):
    """A call that repeats."""

    id: str
    to: str
    state: State
    repeat: str
    starts_at: str = Field(description="From when on, and at which hour of the clock of `zone`.")
    zone: str
    lasts_s: int = Field(description="How long each of its calls may be dialled.")
    template: str | None
    purpose: Literal["asked_for", "service", "marketing"]
    priority: int
    revision: int = Field(description="Grows with each edit.")
    last_error: str | None = Field(description="Why it ended by itself.")
    entries: list[Waiting] = Field(description="Its calls that are in the queue already.")
    next: list[str] = Field(description="When its next calls are.")
    created_at: str
    updated_at: str


class SeriesPage(BaseModel):
    """A page, the newest first."""

    series: list[Series]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class SeriesQuery(Query):
    """Which series are wanted."""

    state: State | None = Field(None, description="How they stand.")
    number: Number | None = Field(None, description="Whom they call.")
    page_size: PageSize = ROWS
    before: AfterTime = None


def list_series(request: Request) -> Reply:
    """One page."""
    wanted = SeriesFilter(**request.query.filters())
    return reply_with_page(
        request, "series", series.list_series, wanted, shown=lambda row: _shown(request, row)
    )


def show(request: Request) -> Reply:
    """One series."""
    with worded():
        row = series.show_series(request.runtime.database, _id(request), actor=request.holder.actor)
    return Reply(200, _shown(request, row))


def change(request: Request) -> Reply:
    """Edit, pause, go on, cancel."""
    wanted: ChangedSeries = request.body
    with worded():
        row = service.change(
            request.runtime,
            _id(request),
            service.SeriesChange(**wanted.model_dump(exclude={"revision"})),
            wanted.revision,
            actor=request.holder.actor,
        )
    return Reply(200, _shown(request, row))


def _id(request: Request) -> Any:
    return id_of(request.path["series"], "unknown_series")


def _shown(request: Request, row: Row) -> Row:
    coming = [at.isoformat() for at in service.next_times(row, request.runtime.now())]
    return {name: row[name] for name in Series.model_fields if name != "next"} | {"next": coming}


UNKNOWN = Example("`unknown_series`: there is none that this key may see.")
ROUTES = (
    Route(
        "GET", "/series", "listSeries", "List calls that repeat, the newest first.", list_series,
        {200: Example("A page.", SeriesPage)}, roles=OPERATOR, query=SeriesQuery, noted=("numbers.listed", "series"),
    ),
    Route(
        "GET", "/series/<series>", "showSeries", "A call that repeats, and when it is made next.", show,
        {200: Example("The series.", Series), 404: UNKNOWN}, roles=OPERATOR, noted=("number.read", "series"),
    ),
    Route(
        "PATCH", "/series/<series>", "changeSeries", "Edit, pause or cancel what is not dialled yet of a series.", change,
        {
            200: Example("The series as it stands now.", Series),
            404: UNKNOWN,
            409: Example("`changed_meanwhile` (another revision), or `wrong_state`: it is over."),
        },
        body=ChangedSeries, roles=OPERATOR, done=("series.changed", "series"), noted=("number.read", "series"),
    ),
)  # fmt: skip
