"""Who may not be called or texted, over the API: operators' keys alone, so that nobody learns it by asking around."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from voicebot.api import queries
from voicebot.api.numbers import e164, not_allowed
from voicebot.api.routes import OPERATOR, Answer, Example, Request, Route
from voicebot.storage import suppressions

BY_OPERATOR = "operator"
NUMBER = {"number": queries.number("The phone number in E.164, its plus sign as %2B.", required=True)}


class NewSuppression(BaseModel):
    """A number that is to be left alone."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: str = Field(max_length=40, description="The phone number in E.164.", examples=["+12025550123"])
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


def show(request: Request) -> Answer:
    """How a number stands."""
    return Answer(200, _standing(request, request.query["number"]))


def add(request: Request) -> Answer:
    """Leave a number alone from now on; again changes nothing."""
    wanted: NewSuppression = request.body
    number = e164(wanted.number, "number")
    try:
        suppressions.suppress(
            request.runtime.database,
            number,
            reason=BY_OPERATOR,
            scope=wanted.scope,
            actor=request.caller.actor,
        )
    except suppressions.NotAllowed:
        raise not_allowed() from None
    return Answer(201, _standing(request, number))


def lift(request: Request) -> Answer:
    """End what operators set."""
    number = request.query["number"]
    try:
        suppressions.lift_suppression(request.runtime.database, number, actor=request.caller.actor)
    except suppressions.NotAllowed:
        raise not_allowed() from None
    return Answer(200, _standing(request, number))


def _standing(request: Request, number: str) -> dict[str, object]:
    try:
        rows = suppressions.list_suppressions(request.runtime.database, number, actor=request.caller.actor)
    except suppressions.NotAllowed:
        raise not_allowed() from None
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
        query=NUMBER,
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
    ),
    Route(
        "DELETE",
        "/suppressions",
        "liftSuppression",
        "End what operators set. What the person asked for stays.",
        lift,
        {200: Example("How the number stands now.", Suppressions)},
        roles=OPERATOR,
        query=NUMBER,
    ),
)
