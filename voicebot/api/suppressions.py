"""Suppressed numbers over the API, for operators' keys alone: other keys must not find out who said STOP."""

from typing import Literal

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, PhoneNumber
from voicebot.api.queries import Number, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.access.roles import EDITORS
from voicebot.storage import suppressions

BY_OPERATOR = "operator"


class NewSuppression(Body):
    """A number that is to be left alone."""

    number: PhoneNumber
    scope: Literal["all", "calls", "texts"] = Field("all", description="What may not reach it.")


class Suppression(BaseModel):
    """One reason to leave a number alone."""

    scope: Literal["all", "calls", "texts"]
    reason: Literal["STOP", "spoken_request", "operator", "21610", "30004"] = Field(
        description="`operator`: set here. All others are lifted by the person alone, who texts START."
    )
    since: str


class Suppressions(BaseModel):
    """How a number stands."""

    number: str
    suppressed: bool
    standing: list[Suppression]


class SuppressionQuery(Query):
    """Whom it is about."""

    number: Number = Field(description="The phone number in E.164, its plus sign as %2B.")


def show(request: Request) -> Reply:
    """How a number stands."""
    return Reply(200, _standing(request, request.query.number))


def add(request: Request) -> Reply:
    """Leave a number alone from now on; again changes nothing."""
    wanted: NewSuppression = request.body
    suppressions.suppress(
        request.runtime.database,
        wanted.number,
        reason=BY_OPERATOR,
        scope=wanted.scope,
        actor=request.holder.actor,
    )
    return Reply(201, _standing(request, wanted.number))


def lift(request: Request) -> Reply:
    """End what operators set."""
    number = request.query.number
    suppressions.lift_suppression(request.runtime.database, number, actor=request.holder.actor)
    return Reply(200, _standing(request, number))


def _standing(request: Request, number: str) -> dict[str, object]:
    rows = suppressions.list_suppressions(request.runtime.database, number, actor=request.holder.actor)
    return {"number": number, "suppressed": bool(rows), "standing": list(rows)}


ROUTES = (
    Route(
        "GET",
        "/suppressions",
        "showSuppressions",
        "Tell whether a number may be called and texted.",
        show,
        {200: Example("How the number stands.", Suppressions)},
        roles=OPERATOR,
        query=SuppressionQuery,
        noted=("numbers.listed", "suppression"),
    ),
    Route(
        "POST",
        "/suppressions",
        "addSuppression",
        "Neither call nor text a number from now on.",
        add,
        {201: Example("How the number stands now.", Suppressions)},
        body=NewSuppression,
        roles=OPERATOR,
        members=EDITORS,
    ),
    Route(
        "DELETE",
        "/suppressions",
        "liftSuppression",
        "End what operators set. What the person asked for stays.",
        lift,
        {200: Example("How the number stands now.", Suppressions)},
        roles=OPERATOR,
        members=EDITORS,
        query=SuppressionQuery,
    ),
)
