"""Outgoing mail: queued once, claimed, finished by token; rows <-> records
(`sql/functions/operators/mail.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR
from voicebot.domain.handover import Handover
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class OutgoingMail:
    """A mail's row. `claimed`: it is in state `sending` under our token, and we may hand it over now."""

    id: UUID
    kind: str
    to: str
    subject: str
    state: str
    created_at: datetime
    escalation_id: UUID | None = None
    day: date | None = None
    error: str | None = None
    claimed: bool = True


@dataclass(frozen=True)
class Wish:
    """A mail that is wanted. The same `key` and recipient again is the same mail; `day` is a digest's."""

    kind: str
    recipients: Sequence[str]
    subject: str
    key: str
    escalation_id: UUID | None = None
    day: date | None = None


@dataclass(frozen=True)
class QueuedMail:
    """The result of a wish: how many rows are new, and all rows of its key as they are now."""

    queued: int
    mails: Sequence[OutgoingMail]


def queue_mail(
    database: Database, wish: Wish, *, token: UUID | None = None, lease_s: float = 180.0
) -> QueuedMail:
    """Commit one mail a recipient; with a token those that wait or have failed are claimed at once."""
    answer = database.call(
        "queue_mail",
        kind=wish.kind,
        recipients=list(wish.recipients),
        subject=wish.subject,
        request_key=wish.key,
        escalation_id=wish.escalation_id,
        day=wish.day.isoformat() if wish.day else None,
        token=token,
        lease_s=float(lease_s),
    )
    return QueuedMail(answer["queued"], [_outgoing(row, claimed=row["claimed"]) for row in answer["mails"]])


def claim_mail(database: Database, *, token: UUID, lease_s: float) -> OutgoingMail | None:
    """Take the mail that is due first; the same token again gets the same one. None when none is due."""
    row = database.call("claim_mail", token=token, lease_s=float(lease_s))["mail"]
    return _outgoing(row) if row else None


def finish_mail(database: Database, mail_id: UUID, *, token: UUID, handover: Handover) -> str | None:
    """Commit the result and return the state; None when the claim was lost and nothing was written."""
    answer = database.call(
        "finish_mail",
        mail_id=mail_id,
        token=token,
        outcome=handover.outcome.value,
        error=handover.error,
        retry_after_s=handover.retry_after_s,
    )
    return None if answer["result"] == "fenced" else str(answer["state"])


def escalation_for_mail(database: Database, escalation_id: UUID) -> Row | None:
    """Return what the operator has to know of an escalation; None when there is none."""
    answer = database.call("escalation_for_mail", escalation_id=escalation_id)
    return answer["escalation"] if answer["result"] == "found" else None


def mail_page(database: Database, part: Part = FIRST) -> Page[Row]:
    """Return one page of all mail, the newest first."""
    answer = database.call("mail_page", **part.params(), actor=THE_OPERATOR.to_json())
    return page_of(answer, BY_TIME, dict)


def mail_health(database: Database) -> Row:
    """Return {"last_sent_at", "failed", "unknown", "waiting", "oldest_waiting_s", "error"} of seven days."""
    return dict(database.call("mail_health"))


def day_figures(database: Database, day: date, zone: str) -> Row:
    """Return what a day of the calendar in `zone` came to (`sql/functions/operators/day_figures.sql`)."""
    return dict(database.call("day_figures", day=day.isoformat(), zone=zone))


def _outgoing(row: Row, *, claimed: bool = True) -> OutgoingMail:
    return OutgoingMail(
        id=UUID(row["id"]),
        kind=row["kind"],
        to=row["to_address"],
        subject=row["subject"],
        state=row["state"],
        created_at=datetime.fromisoformat(row["created_at"]),
        escalation_id=UUID(row["escalation_id"]) if row["escalation_id"] else None,
        day=date.fromisoformat(row["day"]) if row["day"] else None,
        error=row["error"],
        claimed=claimed,
    )
