"""Escalations over the API: what a person has to look at, and that somebody has."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from voicebot.api import queries
from voicebot.api.errors import ApiError
from voicebot.api.routes import OPERATOR, Answer, Example, Request, Route
from voicebot.domain import page_cursor
from voicebot.storage import escalations

Row = Mapping[str, Any]
PATH = "/escalations/<escalation_id>"
UNKNOWN = Example("There is no such escalation, or none that this key may see.")
STATES = ("open", "closed")
LONGEST_REASON = 60


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


class EscalationChange(BaseModel):
    """What is to be changed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    state: Literal["open", "closed"] = Field(description="closed: a person has dealt with it.")


def list_escalations(request: Request) -> Answer:
    """One page of escalations."""
    query = request.query
    before, before_id = query.get("before", (None, None))
    page = escalations.escalations_page(
        request.runtime.database,
        page_size=query.get("page_size", queries.ROWS),
        state=query.get("state"),
        reason=query.get("reason"),
        number=query.get("number"),
        before=before,
        before_id=before_id,
        actor=request.caller.actor,
    )
    following = page_cursor.moment_cursor(page.next_before, page.next_before_id)
    return Answer(200, {"escalations": [shown(row) for row in page.escalations], "next": following})


def show(request: Request) -> Answer:
    """One escalation."""
    row = escalations.show_escalation(request.runtime.database, _id(request), actor=request.caller.actor)
    return _answer(row)


def change(request: Request) -> Answer:
    """Close it, or open it again."""
    wanted: EscalationChange = request.body
    row = escalations.set_escalation_state(
        request.runtime.database,
        _id(request),
        wanted.state,
        by=request.caller.name,
        actor=request.caller.actor,
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


def _answer(row: Row | None) -> Answer:
    if row is None:
        raise _unknown()
    return Answer(200, shown(row))


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
        query={
            "state": queries.one_of("Only these.", STATES),
            "reason": queries.word("Only those with this reason.", LONGEST_REASON),
            "number": queries.number("Only those about this number."),
            "page_size": queries.page_size(),
            "before": queries.before_moment(),
        },
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
