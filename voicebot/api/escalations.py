"""Escalations over the API: read the cases for a person, close them, open them again."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from voicebot.api.bodies import Body
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, Number, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.storage import escalations
from voicebot.storage.escalations import EscalationFilter

Row = Mapping[str, Any]
PATH = "/escalations/<escalation_id>"
UNKNOWN = Example("There is no such escalation, or none that this key may see.")
LONGEST_REASON = 60


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
        description="message, call_back, human_requested, transfer_unanswered, or why a thread was handed over."
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
    try:
        return UUID(request.path["escalation_id"])
    except ValueError:
        raise _unknown() from None


def _answer(row: Row | None) -> Reply:
    if row is None:
        raise _unknown()
    return Reply(200, shown(row))


def _unknown() -> ApiError:
    return ApiError(404, "unknown_escalation", "There is no such escalation.")


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
    ),
    Route(
        "GET",
        PATH,
        "showEscalation",
        "Show one escalation.",
        show,
        {200: Example("The escalation.", Escalation), 404: UNKNOWN},
        roles=OPERATOR,
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
    ),
)
