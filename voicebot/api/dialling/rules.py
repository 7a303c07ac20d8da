"""What holds for every call that is made, over the API: calling hours, caps and redials, and people on hold."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from voicebot.api.bodies import Body, Moment, PhoneNumber
from voicebot.api.dialling.worded import worded
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTimeAndName, Number, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.services.dialling import rules as service
from voicebot.storage.dialling import rules

Row = Mapping[str, Any]
Week = dict[str, list[list[str]]]
ANYWHERE, ANYWHERE_PATH = "*", "any"
COUNTRY_WORDS = "Two letters, as US; `any` in the path: where a country has no hours of its own."
NARROWED = "The rules are the whole service's: this key may not change them."


class NewHold(Body):
    """A person who is not to be called for a while."""

    number: PhoneNumber
    until: Moment = Field(description="Called again from then on.")
    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", description="Why; for people.")


class Hold(BaseModel):
    """A person who is not called before a date."""

    number: str
    until: str
    reason: str
    since: str
    waiting: int = Field(description="Calls that wait for this person.")


class HoldPage(BaseModel):
    """A page, the newest first."""

    holds: list[Hold]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Released(BaseModel):
    """What became of a hold."""

    number: str
    held: Literal[False]


class HoldsQuery(Query):
    """Which part of the list is wanted."""

    page_size: PageSize = ROWS
    before: AfterTimeAndName = None


class ReleaseQuery(Query):
    """Whom it is about."""

    number: Number = Field(description="The phone number in E.164, its plus sign as %2B.")


class NewCountryHours(Body):
    """When people may be called."""

    week: Week = Field(
        description='By their own clocks, as `{"mon": [["09:00", "17:00"]]}`; a day that is absent is closed.'
    )


class CountryHours(BaseModel):
    """The calling hours of a country."""

    country: str = Field(description="`*`: where a country has none of its own.")
    week: Week
    updated_at: str


class CountryHoursList(BaseModel):
    """All calling hours."""

    hours: list[CountryHours]


class NumberHours(BaseModel):
    """The calling hours that hold for one number."""

    number: str
    country: str
    zones: list[str] = Field(description="It has to be open in all of them.")
    week: Week
    of: Literal["campaign", "country"] = Field(description="Whose hours these are.")
    open: bool
    opens_at: str | None = Field(description="When it opens next, now while it is open; null: never.")


class Rules(BaseModel):
    """What holds for every call."""

    person_calls_per_day: int
    person_calls_per_week: int
    reserved_for_inbound_percent: int
    user_concurrent: int | None = Field(description="Calls of one user at once; null: no limit.")
    redial: dict[str, list[int]] = Field(description="Seconds before each redial, by outcome.")
    updated_at: str


class ChangedRules(Body):
    """The changes: an absent field stays. They hold from the next call."""

    person_calls_per_day: int | None = Field(None, ge=1, le=100)
    person_calls_per_week: int | None = Field(None, ge=1, le=500)
    reserved_for_inbound_percent: int | None = Field(None, ge=0, le=90)
    user_concurrent: int | None = Field(None, ge=1, le=100_000)
    redial: dict[str, list[int]] | None = Field(None, max_length=10)


def _campaign(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F-]{36}", text):
        raise ValueError("the id of a campaign")
    return text


class HoursQuery(Query):
    """Whose hours are wanted."""

    number: Number = Field(description="The phone number in E.164, its plus sign as %2B.")
    campaign: Annotated[str, BeforeValidator(_campaign), WithJsonSchema({"type": "string"})] | None = Field(
        None, description="A campaign that calls it, with hours of its own."
    )
    timezone: Annotated[str, BeforeValidator(str), WithJsonSchema({"type": "string"})] | None = Field(
        None, description="Where the person is; else the number says it."
    )


def hold(request: Request) -> Reply:
    """Hold a person; again changes date and reason."""
    wanted: NewHold = request.body
    with worded("This key may not reach this number."):
        row = rules.hold_person(
            request.runtime.database, wanted.number, wanted.until, wanted.reason, actor=request.holder.actor
        )
    return Reply(201, row)


def list_holds(request: Request) -> Reply:
    """One page of the people on hold."""
    return reply_with_page(request, "holds", rules.list_held, shown=lambda row: row)


def release(request: Request) -> Reply:
    """Let a person be called again, held or not."""
    number = request.query.number
    with worded("This key may not reach this number."):
        rules.release_person(request.runtime.database, number, actor=request.holder.actor)
    request.runtime.hint.made_work()
    return Reply(200, {"number": number, "held": False})


def list_hours(request: Request) -> Reply:
    """All of them."""
    with worded():
        return Reply(200, {"hours": rules.list_hours(request.runtime.database, actor=request.holder.actor)})


def set_hours(request: Request) -> Reply:
    """Set a country's."""
    with worded(NARROWED):
        row = service.set_hours(
            request.runtime, _country(request), request.body.week, actor=request.holder.actor
        )
    return Reply(200, row)


def drop_hours(request: Request) -> Reply:
    """Let those of `*` hold again."""
    with worded(NARROWED):
        service.drop_hours(request.runtime, _country(request), actor=request.holder.actor)
        return Reply(200, {"hours": rules.list_hours(request.runtime.database, actor=request.holder.actor)})


def number_hours(request: Request) -> Reply:
    """Those of a number."""
    query = request.query
    with worded():
        told = service.hours_of_number(
            request.runtime, query.number, query.timezone, query.campaign, actor=request.holder.actor
        )
    return Reply(
        200,
        {"number": query.number}
        | {name: told[name] for name in NumberHours.model_fields if name != "number"},
    )


def show_rules(request: Request) -> Reply:
    """The rules."""
    with worded():
        return Reply(200, rules.show_rules(request.runtime.database, actor=request.holder.actor))


def change_rules(request: Request) -> Reply:
    """Edit the rules."""
    changes = request.body.model_dump(include=request.body.model_fields_set)
    for name, value in changes.items():
        if value is None and name != "user_concurrent":
            raise ApiError(400, "invalid_request", "Expected a value.", field=name)
    with worded(NARROWED):
        return Reply(200, service.change_rules(request.runtime, changes, actor=request.holder.actor))


def _country(request: Request) -> str:
    given = request.path["country"]
    if given == ANYWHERE_PATH:
        return ANYWHERE
    if not re.fullmatch(r"[A-Za-z]{2}", given):
        raise ApiError(400, "invalid_request", "Expected two letters, as US, or any.", field="country")
    return given.upper()


NOT_ALLOWED = Example("This key is narrowed to somebody; the rules are the whole service's.")
ROUTES = (
    Route(
        "POST", "/holds", "holdPerson", "Call a person before a date no more; what waits for them waits on.", hold,
        {201: Example("The hold.", Hold)}, body=NewHold, roles=OPERATOR,
    ),
    Route(
        "GET", "/holds", "listHolds", "List who is held now, the newest first.", list_holds,
        {200: Example("A page.", HoldPage)}, roles=OPERATOR, query=HoldsQuery, noted=("numbers.listed", "hold"),
    ),
    Route(
        "DELETE", "/holds", "releasePerson", "Let a person be called again.", release,
        {200: Example("They may be called.", Released)}, roles=OPERATOR, query=ReleaseQuery,
    ),
    Route(
        "GET", "/calling-hours", "listCallingHours", "When people may be called, by country.", list_hours,
        {200: Example("All of them.", CountryHoursList)}, roles=OPERATOR,
    ),
    Route(
        "GET", "/number-hours", "showNumberHours", "The calling hours that hold for one number.", number_hours,
        {200: Example("Its hours.", NumberHours), 404: Example("`unknown_campaign`."), 422: Example("The number is not callable.")},
        roles=OPERATOR, query=HoursQuery,
    ),
    Route(
        "PUT", "/calling-hours/<country>", "setCallingHours", f"Say when people of a country may be called. {COUNTRY_WORDS}", set_hours,
        {200: Example("The hours as they stand.", CountryHours), 403: NOT_ALLOWED}, body=NewCountryHours, roles=OPERATOR, done=("hours.set", "country"),
    ),
    Route(
        "DELETE", "/calling-hours/<country>", "dropCallingHours", "Let the hours of all others hold for a country.", drop_hours,
        {200: Example("What is left.", CountryHoursList), 403: NOT_ALLOWED, 404: Example("`unknown_hours`."), 409: Example("`last_hours`.")},
        roles=OPERATOR, done=("hours.dropped", "country"),
    ),
    Route(
        "GET", "/dialling-rules", "showDiallingRules", "Caps of a person, lines for callers, redials.", show_rules,
        {200: Example("The rules.", Rules)}, roles=OPERATOR,
    ),
    Route(
        "PATCH", "/dialling-rules", "changeDiallingRules", "Change the rules of every call.", change_rules,
        {200: Example("The rules as they stand.", Rules), 403: NOT_ALLOWED}, body=ChangedRules, roles=OPERATOR, done=("rules.changed", "rules"),
    ),
)  # fmt: skip
