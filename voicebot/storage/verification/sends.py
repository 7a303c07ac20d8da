"""Codes that leave by other ways than a text of ours: rows <-> records
(`sql/functions/verification/sends.sql`).

Calls that read a code out, and requests to the carrier's own service. No code passes through here.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from voicebot.storage.database import Database


@dataclass(frozen=True)
class CodeCall:
    """A claimed dial that will read out a code."""

    attempt_id: UUID
    to_number: str
    from_number: str


@dataclass(frozen=True)
class SilentCall:
    """A dial of which nothing was heard for a while. `state`: unknown, or placed."""

    attempt_id: UUID
    to_number: str
    call_sid: str
    state: str
    since: datetime


@dataclass(frozen=True)
class CodeSend:
    """A claimed request to the carrier's own service."""

    send_id: UUID
    channel: str
    to_number: str


# --- calls that read out a code -------------------------------------------------------------------


def claim_verification_calls(
    database: Database, *, token: UUID, lease_s: float, batch: int
) -> list[CodeCall]:
    """Take dials that are due; they are committed as dialling. The same token again gets the same ones."""
    rows = database.call("claim_verification_calls", token=token, lease_s=float(lease_s), batch=batch)
    return [CodeCall(UUID(row["attempt_id"]), row["to_number"], row["from_number"]) for row in rows["calls"]]


def finish_verification_call(
    database: Database,
    attempt_id: UUID,
    *,
    token: UUID,
    outcome: str,
    call_sid: str | None = None,
    error: str | None = None,
    retry_after_s: float | None = None,
) -> bool:
    """Commit what came of a dial (placed, refused, not_sent, unknown); False when the claim was lost."""
    row = database.call(
        "finish_verification_call",
        attempt_id=attempt_id,
        token=token,
        outcome=outcome,
        call_sid=call_sid,
        error=error,
        retry_after_s=retry_after_s,
    )
    return bool(row["result"] == "finished")


def settle_verification_call(database: Database, attempt_id: UUID, call_sid: str, status: str) -> bool:
    """Keep a status of such a call, in any order; False when it names no attempt of ours."""
    row = database.call("settle_verification_call", attempt_id=attempt_id, call_sid=call_sid, status=status)
    return bool(row["result"] != "refused")


def unknown_verification_calls(database: Database, *, older_than_s: float) -> list[SilentCall]:
    """Return dials of which nothing was heard for that long."""
    rows = database.call("unknown_verification_calls", older_than_s=float(older_than_s))
    return [
        SilentCall(
            UUID(row["attempt_id"]),
            row["to_number"],
            row["call_sid"] or "",
            row["state"],
            datetime.fromisoformat(row["since"]),
        )
        for row in rows["calls"]
    ]


# --- the carrier's own service --------------------------------------------------------------------


def claim_verification_sends(
    database: Database, *, token: UUID, lease_s: float, batch: int
) -> list[CodeSend]:
    """Take requests that are due; they are committed as sending."""
    rows = database.call("claim_verification_sends", token=token, lease_s=float(lease_s), batch=batch)
    return [CodeSend(UUID(row["send_id"]), row["channel"], row["to_number"]) for row in rows["sends"]]


def finish_verification_send(
    database: Database,
    send_id: UUID,
    *,
    token: UUID,
    outcome: str,
    provider_sid: str | None = None,
    error: str | None = None,
    retry_after_s: float | None = None,
) -> bool:
    """Commit what came of it (sent, refused, not_sent, unknown); False when the claim was lost."""
    row = database.call(
        "finish_verification_send",
        send_id=send_id,
        token=token,
        outcome=outcome,
        provider_sid=provider_sid,
        error=error,
        retry_after_s=retry_after_s,
    )
    return bool(row["result"] == "finished")
