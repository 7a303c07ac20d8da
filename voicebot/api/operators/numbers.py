"""Our phone numbers over the API: how each is answered, and letting a red one call again."""

from typing import Literal

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, PhoneNumber
from voicebot.api.errors import ApiError
from voicebot.api.queries import Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.services.numbers import health
from voicebot.storage.catalogue.number_health import NumberRefused
from voicebot.storage.catalogue.numbers import UnknownOrganization, assign_number

STATUS = {"not_allowed": 403, "not_red": 409, "reason_needed": 400, "unknown_number": 404}
WORDS = {**health.REFUSED, "unknown_number": "No number of ours is that one."}
NOT_ALLOWED = Example("This key is narrowed to somebody; numbers are the whole service's.")


class Before(BaseModel):
    """The fourteen days before today."""

    dials: int
    answers: int
    answer_rate: float | None = Field(description="null: it called nobody.")


class Today(Before):
    """The results of the number's calls today (UTC). A withheld number is in no figure."""

    dials: int = Field(description="Telephones that rang or could have rung.")
    answers: int = Field(description="A person picked up; a mailbox is none.")
    short_answers: int = Field(description="Answers that the person ended within six seconds.")
    busy: int
    declined: int = Field(description="SIP 603 and 607.")
    blocked: int = Field(description="SIP 608: an analytics service rejected the call.")


class NumberHealth(BaseModel):
    """One number of ours."""

    number: str
    state: Literal["fine", "red"] = Field(description="red: it is chosen for nobody.")
    today: Today
    before: Before
    people: int = Field(description="Who is called from it.")
    red_since: str | None
    red_dials: int | None = Field(description="Calls of the day that made it red.")
    red_rate: float | None = Field(description="Part of them that was answered.")
    usual_rate: float | None = Field(description="The same of the fourteen days before that day.")
    cleared_at: str | None = Field(description="When an operator last let it call again.")
    cleared_reason: str | None


class NumbersHealth(BaseModel):
    """All numbers that call, the red ones first."""

    numbers: list[NumberHealth]


class ClearedNumber(Body):
    """A red number that may call again."""

    number: PhoneNumber
    reason: str = Field(min_length=1, max_length=500, description="Why it may; kept with the number.")


class Cleared(BaseModel):
    """What became of it."""

    number: str
    state: Literal["fine"]


class NumberOwner(Body):
    """Whose a number is from now on."""

    number: PhoneNumber
    organization: str | None = Field(max_length=100, description="Its id or slug; null: the service's own.")
    history: bool = Field(
        False,
        description="With what came over it before and belongs to nobody; a job moves it. What is another's stays.",
    )


class OwnedNumber(BaseModel):
    """Whose it is."""

    number: str
    organization: str | None = Field(description="The slug; null: nobody's but the service's.")
    unplaced_calls: int = Field(description="Calls over it that belong to nobody, up to 10,001.")
    unplaced_threads: int = Field(description="The same of threads.")


class NoQuery(Query):
    """No parameters."""


def show_health(request: Request) -> Reply:
    """How each number is answered."""
    try:
        rows = health.list_health(request.runtime, actor=request.holder.actor)
    except NumberRefused as refusal:
        raise _refused(refusal) from None
    return Reply(200, {"numbers": [{name: row[name] for name in NumberHealth.model_fields} for row in rows]})


def clear(request: Request) -> Reply:
    """Let a red number be chosen again."""
    wanted: ClearedNumber = request.body
    try:
        health.clear_number(request.runtime, wanted.number, wanted.reason, actor=request.holder.actor)
    except NumberRefused as refusal:
        raise _refused(refusal) from None
    return Reply(200, {"number": wanted.number, "state": "fine"})


def assign(request: Request) -> Reply:
    """Give a number to an organization. Earlier calls and texts stay where they are."""
    wanted: NumberOwner = request.body
    try:
        assigned = assign_number(
            request.runtime.database,
            wanted.number,
            wanted.organization,
            history=wanted.history,
            actor=request.holder.actor,
        )
    except NumberRefused as refusal:
        raise _refused(refusal) from None
    except UnknownOrganization:
        raise ApiError(
            400, "unknown_organization", "There is no such organization.", field="organization"
        ) from None
    return Reply(200, {"number": wanted.number, "organization": assigned.organization,
                       "unplaced_calls": assigned.calls, "unplaced_threads": assigned.threads})  # fmt: skip


def _refused(refusal: NumberRefused) -> ApiError:
    field = "reason" if refusal.code == "reason_needed" else None
    return ApiError(STATUS[refusal.code], refusal.code, WORDS[refusal.code], field=field)


ROUTES = (
    Route(
        "GET",
        "/numbers/health",
        "showNumbersHealth",
        "Show how our numbers are answered, the red ones first.",
        show_health,
        {200: Example("Every number that calls.", NumbersHealth), 403: NOT_ALLOWED},
        roles=OPERATOR,
        query=NoQuery,
    ),
    Route(
        "POST",
        "/numbers/clear",
        "clearNumber",
        "Let a red number be chosen again.",
        clear,
        {
            200: Example("It may call again.", Cleared),
            403: NOT_ALLOWED,
            409: Example("`not_red`: it is not."),
        },
        body=ClearedNumber,
        roles=OPERATOR,
    ),
    Route(
        "POST",
        "/numbers/assign",
        "assignNumber",
        "Say whose the calls and texts of a number are from now on.",
        assign,
        {
            200: Example("Whose it is.", OwnedNumber),
            400: Example("`unknown_organization`: there is none with this id or slug."),
            403: NOT_ALLOWED,
            404: Example("`unknown_number`: it is none of ours."),
        },
        body=NumberOwner,
        roles=OPERATOR,
    ),
)
