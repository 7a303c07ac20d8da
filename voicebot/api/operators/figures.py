"""Figures of a period over the API."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from voicebot.api.errors import ApiError
from voicebot.api.queries import Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.whole_number import whole_number
from voicebot.storage.figures.figures import FiguresRefused, console_figures

MOST_DAYS = 90


def _days(text: str) -> int:
    if (days := whole_number(text, MOST_DAYS)) is None:
        raise ValueError(f"a number from 1 to {MOST_DAYS}")
    return days


Days = Annotated[
    int,
    BeforeValidator(_days),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_DAYS}),
    Field(description="Days up to today, in the zone of the service."),
]


class FiguresQuery(Query):
    """Which period, and how it is cut."""

    days: Days = 7
    by: Literal["hour", "day", "template", "number", "campaign"] = Field(
        "day", description="Hours are of seven days at most."
    )


class Figures(BaseModel):
    """The figures of a period. Rates are percents, costs are positive, null means unknown."""

    period: int
    by: str
    began: str
    ended: str
    counted_at: str | None = Field(description="When the worker counted last.")
    total: dict[str, Any] | None = Field(
        description="calls, answered, failed, containment, p50_ms, cost and more."
    )
    before: dict[str, Any] | None = Field(description="The same of as many days before.")
    groups: list[dict[str, Any]] = Field(
        description="The same of each group: `key` is its beginning, its id or our number."
    )
    stages: list[dict[str, Any]] | None = Field(description="Where the time of an answer goes.")


def show_figures(request: Request) -> Reply:
    """The whole of it."""
    wanted: FiguresQuery = request.query
    runtime = request.runtime
    try:
        found = console_figures(
            runtime.database,
            wanted.days,
            wanted.by,
            runtime.settings.timezone,
            actor=request.holder.actor,
        )
    except FiguresRefused as error:
        if error.code == "bad_period":
            raise ApiError(
                400, "invalid_request", "Hours are shown of seven days at most.", field="days"
            ) from None
        raise ApiError(
            403, "not_allowed", "Figures are a whole organization's or the whole service's."
        ) from None
    return Reply(200, {name: found[name] for name in Figures.model_fields})


ROUTES = (
    Route(
        "GET",
        "/figures",
        "showFigures",
        "Show what a period came to: calls, answers, speed, costs, texts, beside the period before.",
        show_figures,
        {
            200: Example("The figures.", Figures),
            403: Example("This key is narrowed to a person; figures are of an organization."),
        },
        roles=OPERATOR,
        query=FiguresQuery,
    ),
)
