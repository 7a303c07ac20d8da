"""Escalations over the API: read the cases for a person, close them, open them again; and who got no answer at all."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from voicebot.api.bodies import Body
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, AfterTimeAndName, Moment, Number, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.texts.unanswered import why_unanswered
from voicebot.storage import escalations, unanswered
from voicebot.storage.escalations import EscalationFilter
from voicebot.storage.pages import ListRefused, Part
from voicebot.storage.unanswered import UnansweredFilter

Row = Mapping[str, Any]
PATH = "/escalations/<escalation_id>"
UNKNOWN = Example("There is no such escalation, or none that this key may see.")
LONGEST_REASON = 60
WEEK = 7


def _word(text: str) -> str:
    if not (0 < len(text) <= LONGEST_REASON and text.isascii() and text.replace("_", "").isalpha()):
        raise ValueError(f"a word of letters and underscores, up to {LONGEST_REASON} characters")
    return text


Reason = Annotated[
    str,
    BeforeValidator(_word),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z_]+$", "maxLength": LONGEST_REASON}),
]
"""A word of ours."""


class Escalation(BaseModel):
    """Something that a person has to look at."""

    id: str
    reason: str = Field(
        description="message, call_back, human_requested, emergency, transfer_unanswered, erasure_requested, or why a thread was handed over."
    )
    state: Literal["open", "closed"]
    phone_number: str | None = Field(description="Whoever it is about.")
    message: str | None = Field(description="In the person's words.")
    call_back_number: str | None = Field(description="Where to call back, if that is another number.")
    call_back_when: str | None = Field(description="When to call back, in the caller's words.")
    call_id: str | None = Field(description="The call that it came from.")
    call_sid: str | None
    conversation_id: str | None = Field(description="The thread that it came from.")
    user_id: str | None
    notified: bool = Field(description="A text to the operator was queued for it.")
    posted_at: str | None = Field(description="When the operator's own system took it.")
    created_at: str
    closed_at: str | None
    closed_by: str | None = Field(description="The key that closed it, or `command line`.")


class EscalationPage(BaseModel):
    """A page, the newest first."""

    escalations: list[Escalation]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class EscalationChange(Body):
    """What is to be changed."""

    state: Literal["open", "closed"] = Field(
        description="closed: a person has dealt with it. The bot answers the thread again that the case had silenced."
    )


class EscalationQuery(Query):
    """Which escalations are wanted."""

    state: Literal["open", "closed"] | None = Field(None, description="Only these.")
    reason: Reason | None = Field(None, description="Only those with this reason.")
    number: Number | None = Field(None, description="Only those about this number.")
    page_size: PageSize = ROWS
    before: AfterTime = None


def list_escalations(request: Request) -> Reply:
    """One page of escalations."""
    wanted = EscalationFilter(**request.query.filters())
    return reply_with_page(request, "escalations", escalations.escalations_page, wanted, shown=shown)


def show(request: Request) -> Reply:
    """One escalation."""
    row = escalations.show_escalation(request.runtime.database, _id(request), actor=request.holder.actor)
    return _answer(row)


def change(request: Request) -> Reply:
    """Close it, or open it again."""
    wanted: EscalationChange = request.body
    row = escalations.set_escalation_state(
        request.runtime.database,
        _id(request),
        wanted.state,
        by=request.holder.name,
        actor=request.holder.actor,
    )
    return _answer(row)


def shown(row: Row) -> Row:
    """Return what the API shows of an escalation."""
    return {name: row[name] for name in Escalation.model_fields}


def _id(request: Request) -> UUID:
    return request.id_in_path("escalation_id", _unknown())


def _answer(row: Row | None) -> Reply:
    if row is None:
        raise _unknown()
    return Reply(200, shown(row))


def _unknown() -> ApiError:
    return ApiError(404, "unknown_escalation", "There is no such escalation.")


# --- who got no answer ----------------------------------------------------------------------------


class Unanswered(BaseModel):
    """A telephone that was turned away."""

    number: str = Field(
        description="In E.164; `anonymous` for those who withhold theirs; else what was sent."
    )
    channel: Literal["sms", "mms", "whatsapp", "rcs", "call", "code"]
    reason: Literal["withheld", "country", "line", "capped", "allowed_now"] = Field(
        description="Why: its country, its kind of line, a cap. `allowed_now`: the settings have changed since."
    )
    times: int
    first_at: str
    last_at: str
    conversation_id: str | None


class UnansweredPage(BaseModel):
    """A page, whoever was turned away last first."""

    unanswered: list[Unanswered]
    people: int = Field(description="How many telephones it were since then, on all pages.")
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class UnansweredQuery(Query):
    """Which are wanted."""

    since: Moment | None = Field(
        None, description="Only those turned away then or later; the last week without."
    )
    number: Number | None = Field(None, description="Only this telephone, its plus sign as %2B.")
    page_size: PageSize = ROWS
    before: AfterTimeAndName = None


def list_unanswered(request: Request) -> Reply:
    """One page of who got no answer, and how many they are."""
    runtime, actor = request.runtime, request.holder.actor
    since = request.query.since or runtime.now() - timedelta(days=WEEK)
    wanted, part = (
        UnansweredFilter(since, request.query.number),
        Part(request.query.page_size, request.query.before),
    )
    try:
        page = unanswered.list_unanswered(runtime.database, wanted, part, actor=actor)
        people = unanswered.count_unanswered(runtime.database, since, actor=actor).people
    except ListRefused:
        raise ApiError(
            403, "not_allowed", "The list is the whole service's: this key may not see it."
        ) from None
    allowed = runtime.settings.allowed_countries
    rows = [
        {
            **{name: row[name] for name in Unanswered.model_fields if name != "reason"},
            "reason": why_unanswered(row["why"], row["number"], allowed),
        }
        for row in page.rows
    ]
    return Reply(200, {"unanswered": rows, "people": people, "next": page.next})


ROUTES = (
    Route(
        "GET",
        "/escalations",
        "listEscalations",
        "List what a person has to look at, the newest first.",
        list_escalations,
        {200: Example("A page.", EscalationPage)},
        roles=OPERATOR,
        query=EscalationQuery,
        noted=("numbers.listed", "escalation"),
    ),
    Route(
        "GET",
        PATH,
        "showEscalation",
        "Show one escalation.",
        show,
        {200: Example("The escalation.", Escalation), 404: UNKNOWN},
        roles=OPERATOR,
        noted=("number.read", "escalation"),
    ),
    Route(
        "PATCH",
        PATH,
        "changeEscalation",
        "Close an escalation, or open it again.",
        change,
        {200: Example("The escalation as it is now.", Escalation), 404: UNKNOWN},
        body=EscalationChange,
        roles=OPERATOR,
        done=("escalation.changed", "escalation"),
        noted=("number.read", "escalation"),
    ),
    Route(
        "GET",
        "/unanswered",
        "listUnanswered",
        "List who got no answer because of country, kind of line or a cap; whoever was turned away last first.",
        list_unanswered,
        {200: Example("A page, and how many there are.", UnansweredPage)},
        roles=OPERATOR,
        query=UnansweredQuery,
        noted=("numbers.listed", "unanswered"),
    ),
)
