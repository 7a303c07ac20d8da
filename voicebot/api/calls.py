"""Calls over the API: an operator's key sees all that are its owner's, an integrator's those that it asked for."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api import escalations
from voicebot.api.errors import ApiError
from voicebot.api.escalations import Escalation
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterCall, Moment, Number, PageSize, Query, ShortText
from voicebot.api.routes import Example, Reply, Request, Route
from voicebot.domain.call.state import EndReason
from voicebot.domain.call.statuses import CallStatus
from voicebot.storage.calls import calls
from voicebot.storage.calls.calls import CallFilter

Row = Mapping[str, Any]
LONGEST_NAME = 100


class Call(BaseModel):
    """A call."""

    id: str
    call_sid: str = Field(description="The carrier's name for it.")
    user_id: str | None
    direction: Literal["inbound", "outbound"] | None
    phone_number: str = Field(description="The person's number, whoever called whom.")
    from_number: str | None
    to_number: str | None
    status: str | None = Field(description="The carrier's last word of it.")
    duration_s: int | None
    end_reason: str | None = Field(description="Who or what ended it.")
    outcome: str | None
    goal: str | None = Field(
        description="Whether it reached its template's goal: reached, not_reached or unknown."
    )
    summary: str | None
    open_escalations: int = Field(description="How much of it a person still has to look at.")
    price: float | None = Field(description="As the carrier tells it: negative for what we pay.")
    price_unit: str | None
    started_at: str | None
    answered_at: str | None
    ended_at: str | None
    created_at: str


class CallPage(BaseModel):
    """A page, the call that began last first."""

    calls: list[Call]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Utterance(BaseModel):
    """Something that was said."""

    id: str = Field(description="What a correction names.")
    sequence_number: int
    speaker: str
    content: str
    heard: str | None = Field(description="Of what the bot said: as much as was played, if that is known.")
    created_at: str


class CallSummary(BaseModel):
    """What a call came to."""

    title: str | None
    tldr: str | None
    key_decisions: list[Any] | None
    action_items: list[Any] | None
    follow_up_questions: list[Any] | None


class WholeCall(Call):
    """A call with what was said in it."""

    transcript: list[Utterance]
    escalations: list[Escalation] = Field(description="What a person has to look at, or has looked at.")
    notes: CallSummary | None = Field(description="The summary at length; null when there is none.")


class CallQuery(Query):
    """Which calls are wanted."""

    number: Number | None = Field(None, description="Only those with this person.")
    status: CallStatus | None = Field(None, description="Only these.")
    direction: Literal["inbound", "outbound"] | None = Field(None, description="Only these.")
    end_reason: EndReason | None = Field(None, description="Only these.")
    since: Moment | None = Field(None, description="Only those that began then or later.")
    until: Moment | None = Field(None, description="Only those that began before.")
    tag: ShortText | None = Field(None, description="Only those with this tag.")
    page_size: PageSize = ROWS
    before: AfterCall = None


def list_calls(request: Request) -> Reply:
    """One page of calls."""
    wanted = CallFilter(**request.query.filters())
    return reply_with_page(request, "calls", calls.list_calls, wanted, shown=_shown)


def show(request: Request) -> Reply:
    """One call, by its id or the carrier's name."""
    found = calls.show_call(
        request.runtime.database, **_key(request.path["call"]), actor=request.holder.actor
    )
    if found is None:
        raise ApiError(404, "unknown_call", "There is no such call.")
    said = [{name: row[name] for name in Utterance.model_fields} for row in found["transcripts"]]
    summary = found["summary"]
    notes = None
    if summary is not None and summary["generation_status"] == "success":
        notes = {name: summary[name] for name in CallSummary.model_fields}
    raised = [escalations.shown(row) for row in found["escalations"]]
    return Reply(200, {**_shown(found["call"]), "transcript": said, "escalations": raised, "notes": notes})


def _key(name: str) -> dict[str, Any]:
    try:
        return {"public_id": UUID(name)}
    except ValueError:
        return {"call_sid": name[:LONGEST_NAME]}


def _shown(row: Row) -> Row:
    named = {**row, "id": row["public_id"], "status": row["call_status"], "duration_s": row["duration"]}
    return {name: named[name] for name in Call.model_fields}


ROUTES = (
    Route(
        "GET",
        "/calls",
        "listCalls",
        "List calls, the one that began last first.",
        list_calls,
        {200: Example("A page.", CallPage)},
        query=CallQuery,
        noted=("numbers.listed", "call"),
    ),
    Route(
        "GET",
        "/calls/<call>",
        "showCall",
        "Show one call with what was said in it.",
        show,
        {200: Example("The call.", WholeCall), 404: Example("No such call, or none that this key may see.")},
        noted=("transcript.read", "call"),
    ),
)
