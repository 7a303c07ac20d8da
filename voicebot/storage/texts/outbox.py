"""Outgoing texts: claimed, handed over, finished by token; rows <-> records
(`sql/functions/texts/outbox.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.handover import Handover
from voicebot.domain.texts.kinds import TextKind
from voicebot.storage.database import Database

Row = Mapping[str, Any]

PAGE, MOST_PAGES = 100, 10
# What one number, and all numbers that differ in their last four digits, may be answered.
CAPS: Row = {"number_5min": 10, "number_day": 60, "prefix_hour": 300}


@dataclass(frozen=True)
class OutgoingText:
    """A row in state `sending`, committed, that its claimer may hand over now.

    `content` may hold the placeholders [code] and [words] of the verification that it belongs to.
    """

    id: int
    to_number: str
    our_number: str
    channel: str
    content: str
    kind: TextKind
    verification_id: UUID | None = None
    media: Sequence[Row] = ()
    content_sid: str | None = None
    window_open: bool = True
    """False: a WhatsApp text to somebody who has not written for 24 hours."""
    timezone: str | None = None
    """Where its recipient said to be."""


@dataclass(frozen=True)
class UnknownText:
    """A text of which we do not know whether the carrier took it."""

    id: int
    to_number: str
    our_number: str
    channel: str
    content: str
    sending_at: datetime


@dataclass(frozen=True)
class ClaimedTexts:
    """What may be handed over now. `more`: texts were taken out that may not leave, so look again at once."""

    texts: Sequence[OutgoingText]
    more: bool = False


def claim_outgoing(
    database: Database, *, token: UUID, lease_s: float, batch: int, caps: Row = CAPS
) -> ClaimedTexts:
    """Take texts that are due, at most one a recipient; the same token again gets the same ones.

    `caps` may also hold `hold` (true: no text that nobody waits for) and `operator_notice` ({"to", "content"}).
    """
    answer = database.call(
        "claim_outgoing", token=token, lease_s=float(lease_s), batch=batch, caps=dict(caps)
    )
    return ClaimedTexts([_outgoing(row) for row in answer["messages"]], answer["more"])


def finish_outgoing(database: Database, message_id: int, *, token: UUID, handover: Handover) -> bool:
    """Commit the result; return False when the claim was lost and nothing was written."""
    answer = database.call(
        "finish_outgoing",
        message_id=message_id,
        token=token,
        outcome=handover.outcome.value,
        message_sid=handover.sid,
        status=handover.status,
        error_code=handover.error,
        num_segments=handover.segments,
        retry_after_s=handover.retry_after_s,
    )
    return bool(answer["result"] != "fenced")


@dataclass(frozen=True)
class QueuedText:
    """A text that an operator wrote; `refused` says why there is none: not_allowed, suppressed or key_used."""

    message_id: int | None
    conversation_id: UUID | None
    refused: str | None = None


def queue_operator_text(
    database: Database,
    to_number: str,
    our_number: str,
    content: str,
    *,
    request_key: str | None = None,
    from_number: str | None = None,
    actor: Actor,
) -> QueuedText:
    """Commit what a person writes to somebody; the same `request_key` again is the same text.

    It leaves from `from_number`, else from `our_number` or a number of the actor's organization.
    """
    row = database.call(
        "queue_operator_text",
        to_number=to_number,
        our_number=our_number,
        content=content,
        request_key=request_key,
        from_number=from_number,
        actor=actor.to_json(),
    )
    if row["result"] == "refused":
        return QueuedText(None, None, row["code"])
    return QueuedText(row["message_id"], UUID(row["conversation_id"]))


def unknown_texts(database: Database, *, older_than_s: float, thin_after_s: float) -> list[UnknownText]:
    """Return texts of two days without any word for that long on whether the carrier took them.

    Of texts n times `thin_after_s` old, one in n is returned: the others come in later calls.
    """
    rows = _unresolved(database, "unknown", older_than_s, thin_after_s)
    return [
        UnknownText(
            id=row["id"],
            to_number=row["to_number"],
            our_number=row["our_number"] or "",
            channel=row["channel"],
            content=row["content"] or "",
            sending_at=datetime.fromisoformat(row["sending_at"]),
        )
        for row in rows
    ]


def unsettled_sids(
    database: Database, *, older_than_s: float, thin_after_s: float | None = None
) -> list[str]:
    """Return the carrier's ids of texts of two days without a reported end for that long; thinned as above."""
    rows = _unresolved(database, "unsettled", older_than_s, thin_after_s)
    return [row["message_sid"] for row in rows]


def _unresolved(database: Database, kind: str, older_than_s: float, thin_after_s: float | None) -> list[Row]:
    found: list[Row] = []
    for _ in range(MOST_PAGES):
        answer = database.call(
            "unresolved_messages",
            older_than_s=float(older_than_s),
            page_size=PAGE,
            after_id=found[-1]["id"] if found else 0,
            thin_after_s=thin_after_s,
        )
        found += answer[kind]
        if len(answer[kind]) < PAGE:
            break
    return found


def resolve_message(
    database: Database, message_id: int, message_sid: str, *, status: str, error_code: str | None = None
) -> bool:
    """Bind a text to the carrier's name for it; False when it is not certain that it is this one."""
    answer = database.call(
        "resolve_message",
        message_id=message_id,
        message_sid=message_sid,
        status=status,
        error_code=error_code,
    )
    return bool(answer["result"] == "finished")


def _outgoing(row: Row) -> OutgoingText:
    return OutgoingText(
        id=row["id"],
        to_number=row["to_number"],
        our_number=row["our_number"] or "",
        channel=row["channel"],
        content=row["content"] or "",
        kind=TextKind(row["kind"]),
        verification_id=UUID(row["verification_id"]) if row["verification_id"] else None,
        media=row["media"] or (),
        content_sid=(row["details"] or {}).get("content_sid"),
        window_open=row["window_open"],
        timezone=row["timezone"],
    )
