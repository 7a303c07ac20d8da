"""Cases for a person, in the database: rows <-> records (`sql/functions/operators/escalations.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class EscalationPage:
    """Escalations, newest first; `next_before` and `next_before_id` are None on the last page."""

    escalations: Sequence[Row]
    next_before: str | None
    next_before_id: UUID | None


def escalate_call(
    database: Database,
    call_id: int,
    *,
    cause_key: str,
    reason: str,
    message: str | None = None,
    call_back_number: str | None = None,
    call_back_when: str | None = None,
    operator_notice: Row | None = None,
) -> bool:
    """Have a person look at a call, and tell whether it is noted; the same `cause_key` again leaves the first row.

    Of a message and a wish to be called back the words become a note on the call too.
    """
    answer = database.call(
        "escalate_call",
        call_id=call_id,
        cause_key=cause_key,
        reason=reason,
        message=message,
        call_back_number=call_back_number,
        call_back_when=call_back_when,
        operator_notice=dict(operator_notice) if operator_notice else None,
    )
    return bool(answer["result"] != "refused")


def settle_call(database: Database, call_id: int, *, operator_notice: Row | None = None) -> bool:
    """Escalate what a caller who hung up still has to be answered for; tell whether there was anything."""
    answer = database.call(
        "settle_call", call_id=call_id, operator_notice=dict(operator_notice) if operator_notice else None
    )
    return bool(answer["result"] == "escalated")


def escalations_page(
    database: Database,
    *,
    page_size: int = 50,
    state: str | None = None,
    reason: str | None = None,
    number: str | None = None,
    before: datetime | None = None,
    before_id: UUID | None = None,
    actor: Actor = THE_OPERATOR,
) -> EscalationPage:
    """Return one page of the escalations that the actor may see."""
    page = database.call(
        "escalations_page",
        page_size=page_size,
        state=state,
        reason=reason,
        number=number,
        before=before,
        before_id=before_id,
        **actor.params(),
    )
    following = page["next_before_id"]
    return EscalationPage(page["escalations"], page["next_before"], UUID(following) if following else None)


def show_escalation(database: Database, escalation_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row | None:
    """Return one escalation; None when the actor sees none of this name."""
    answer: Row = database.call("show_escalation", escalation_id=escalation_id, **actor.params())
    return None if answer["result"] == "refused" else answer["escalation"]


def set_escalation_state(
    database: Database, escalation_id: UUID, state: str, *, by: str, actor: Actor = THE_OPERATOR
) -> Row | None:
    """Close an escalation (`closed`), or open it again (`open`); return it, None when the actor sees none.

    Whoever closed it first (`by`) stays named.
    """
    answer: Row = database.call(
        "set_escalation_state", escalation_id=escalation_id, state=state, closed_by=by, **actor.params()
    )
    return None if answer["result"] == "refused" else answer["escalation"]


def note_escalation_posted(database: Database, escalation_id: UUID) -> None:
    """Note that the operator's own system has taken it."""
    database.call("note_escalation_posted", escalation_id=escalation_id)
