"""Requests to the carrier's own service to send a code: rows <-> records (`sql/functions/verification/sends.sql`)."""

from dataclasses import dataclass
from uuid import UUID

from voicebot.domain.handover import Handover
from voicebot.storage.database import Database


@dataclass(frozen=True)
class CodeSend:
    """A claimed request to the carrier's own service."""

    send_id: UUID
    channel: str
    to_number: str
    language: str | None = None
    """In which the code was asked for, as `de-DE`; None: none was named."""


def claim_verification_sends(
    database: Database, *, token: UUID, lease_s: float, batch: int
) -> list[CodeSend]:
    """Take requests that are due; they are committed as sending."""
    rows = database.call("claim_verification_sends", token=token, lease_s=float(lease_s), batch=batch)
    return [
        CodeSend(UUID(row["send_id"]), row["channel"], row["to_number"], row.get("language"))
        for row in rows["sends"]
    ]


def finish_verification_send(database: Database, send_id: UUID, *, token: UUID, handover: Handover) -> bool:
    """Commit what came of it; False when the claim was lost."""
    row = database.call(
        "finish_verification_send",
        send_id=send_id,
        token=token,
        outcome=handover.outcome.value,
        provider_sid=handover.sid,
        error=handover.error,
        retry_after_s=handover.retry_after_s,
    )
    return bool(row["result"] == "finished")
