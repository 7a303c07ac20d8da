"""Cases for a person, in the database: rows <-> records (`sql/functions/operators/escalations.sql`)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class EscalationFilter:
    """Which escalations are wanted; None: whichever."""

    number: str | None = None
    state: str | None = None
    reason: str | None = None


EVERY_ESCALATION = EscalationFilter()


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
    """Escalate what a caller who hung up is still owed; return whether there was anything."""
    answer = database.call(
        "settle_call", call_id=call_id, operator_notice=dict(operator_notice) if operator_notice else None
    )
    return bool(answer["result"] == "escalated")


def escalations_page(
    database: Database,
    wanted: EscalationFilter = EVERY_ESCALATION,
    part: Part = FIRST,
    *,
    actor: Actor = THE_OPERATOR,
) -> Page[Row]:
    """Return one page of the escalations that the actor may see, the newest first."""
    answer = database.call("escalations_page", **asdict(wanted), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_TIME, dict)


def show_escalation(database: Database, escalation_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row | None:
    """Return one escalation; None when the actor sees none of this name."""
    answer: Row = database.call("show_escalation", escalation_id=escalation_id, actor=actor.to_json())
    return None if answer["result"] == "refused" else answer["escalation"]


def set_escalation_state(
    database: Database, escalation_id: UUID, state: str, *, by: str, actor: Actor = THE_OPERATOR
) -> Row | None:
    """Close an escalation (`closed`), or open it again (`open`); return it, None when the actor sees none.

    The first who closed it (`by`) stays named.
    """
    answer: Row = database.call(
        "set_escalation_state", escalation_id=escalation_id, state=state, closed_by=by, actor=actor.to_json()
    )
    return None if answer["result"] == "refused" else answer["escalation"]


def note_escalation_posted(database: Database, escalation_id: UUID) -> None:
    """Note that the operator's own system has taken it."""
    database.call("note_escalation_posted", escalation_id=escalation_id)
