"""Calls over the API: an operator's key sees all that are its owner's, an integrator's those that it asked for."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api import escalations, queries
from voicebot.api.errors import ApiError
from voicebot.api.escalations import Escalation
from voicebot.api.routes import Answer, Example, Request, Route
from voicebot.domain.call.state import EndReason
from voicebot.domain.call.statuses import DIRECTIONS, CallStatus
from voicebot.storage.calls import calls

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


def list_calls(request: Request) -> Answer:
    """One page of calls."""
    query = request.query
    before, before_id = query.get("before", (None, None))
    page = calls.list_calls(
        request.runtime.database,
        page_size=query.get("page_size", queries.ROWS),
        before=before,
        before_id=before_id,
        status=query.get("status"),
        direction=query.get("direction"),
        end_reason=query.get("end_reason"),
        phone_number=query.get("number"),
        since=query.get("since"),
        until=query.get("until"),
        actor=request.caller.actor,
    )
    return Answer(200, {"calls": [_shown(row) for row in page.calls], "next": page.next})


def show(request: Request) -> Answer:
    """One call, by its id or the carrier's name."""
    found = calls.show_call(
        request.runtime.database, **_key(request.path["call"]), actor=request.caller.actor
    )
    if found is None:
        raise ApiError(404, "unknown_call", "There is no such call.")
    said = [{name: row[name] for name in Utterance.model_fields} for row in found["transcripts"]]
    summary = found["summary"]
    notes = None
    if summary is not None and summary["generation_status"] == "success":
        notes = {name: summary[name] for name in CallSummary.model_fields}
    raised = [escalations.shown(row) for row in found["escalations"]]
    return Answer(200, {**_shown(found["call"]), "transcript": said, "escalations": raised, "notes": notes})


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
        query={
            "number": queries.number("Only those with this person."),
            "status": queries.one_of("Only these.", tuple(CallStatus)),
            "direction": queries.one_of("Only these.", DIRECTIONS),
            "end_reason": queries.one_of("Only these.", tuple(EndReason)),
            "since": queries.moment("Only those that began then or later."),
            "until": queries.moment("Only those that began before."),
            "page_size": queries.page_size(),
            "before": queries.before_call(),
        },
    ),
    Route(
        "GET",
        "/calls/<call>",
        "showCall",
        "Show one call with what was said in it.",
        show,
        {200: Example("The call.", WholeCall), 404: Example("No such call, or none that this key may see.")},
    ),
)
