"""Phone verification in the database: rows <-> records
(`sql/functions/verification/{verifications,checks}.sql`). Only the parts that a code is derived from pass
through here, never a code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.verification.codes import CodeOutcome, CodePurpose, Nonce
from voicebot.storage.database import Database
from voicebot.storage.database.refused import allowed

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CodeRequest:
    """A request for a code. `ip` is the end user's address, as limits count it.

    `content` holds the code's place; `blocked` says why the number may get none at all; `limits` replace single
    ones of the database's own. `through` is `us`, or `verify`: the carrier's own service.
    """

    to_number: str
    channel: str
    purpose: CodePurpose
    content: str
    our_number: str
    ip: str | None = None
    country: str | None = None
    user_id: UUID | None = None
    blocked: str | None = None
    through: str = "us"
    limits: Row = field(default_factory=dict)
    language: str | None = None
    """The language in which it is read out; None for the service's."""
    actor: Actor = THE_OPERATOR
    """Who asks; a call that reads the code out is then one of the key's calls."""


@dataclass(frozen=True)
class Requested:
    """The answer: `id` and `expires_at`; or, when it is `limited`, `retry_after_s` and which limit it was."""

    limited: bool = False
    id: UUID | None = None
    expires_at: datetime | None = None
    retry_after_s: float = 0.0
    scope: str = ""
    alarm: str = ""


@dataclass(frozen=True)
class Checked:
    """What came of a check. `id`, `purpose`, `user_id` are there when the code was right."""

    outcome: CodeOutcome
    retry_after_s: float = 0.0
    id: UUID | None = None
    purpose: CodePurpose | None = None
    user_id: UUID | None = None


@dataclass(frozen=True)
class Verification:
    """One of a number's verifications. `running`: it has not ended."""

    secret: Nonce
    running: bool
    holds: bool = False
    """Its code can still be right: it runs, and was not tried too often."""

    @property
    def id(self) -> UUID:
        """The verification's id in the database, the first part of its nonce."""
        return UUID(self.secret.id)


# --- asking and trying ----------------------------------------------------------------------------


def start_verification(database: Database, request: CodeRequest) -> Requested:
    """Count the request, find or make the verification, and queue what brings the code; or refuse. Raises NotAllowed."""
    row = database.call(
        "start_verification",
        to_number=request.to_number,
        channel=request.channel,
        purpose=request.purpose,
        ip=request.ip,
        country=request.country,
        user_id=request.user_id,
        limits=dict(request.limits),
        content=request.content,
        our_number=request.our_number,
        sendable=request.blocked is None,
        blocked=request.blocked,
        through=request.through,
        spoken=request.language,
        actor=request.actor.to_json(),
    )
    allowed(row)
    if row["result"] == "limited":
        return Requested(limited=True, retry_after_s=row["retry_after_s"], scope=row["scope"])
    return Requested(
        id=UUID(row["id"]),
        expires_at=datetime.fromisoformat(row["expires_at"]),
        alarm=row.get("alarm", ""),
    )


def blocked_verifications(
    database: Database, *, since: datetime, page_size: int = 50
) -> tuple[Sequence[Row], Sequence[Row]]:
    """Return the codes that were asked for since then and not sent, and {"blocked", "country", "count"} of all of them."""
    row = database.call("blocked_verifications", since=since, page_size=page_size)
    return row["verifications"], row["counts"]


def check_verification(
    database: Database,
    number: str,
    *,
    code_ok_for: UUID | None,
    ip: str | None,
    purpose: CodePurpose | None,
    actor: Actor = THE_OPERATOR,
) -> Checked:
    """Count one check; approve `code_ok_for` if its code still holds. None: no code was right. Raises NotAllowed."""
    row = database.call(
        "check_verification",
        number=number,
        code_ok_for=code_ok_for,
        ip=ip,
        purpose=purpose,
        actor=actor.to_json(),
    )
    return _checked(allowed(row))


def confirm_verification(database: Database, verification_id: UUID) -> Checked:
    """Approve what the carrier's own service found right, after the check was counted."""
    return _checked(database.call("confirm_verification", verification_id=verification_id))


def void_verification(database: Database, verification_id: UUID) -> None:
    """End a verification whose code is not a secret any more."""
    database.call("void_verification", verification_id=verification_id)


def running_verification(
    database: Database, number: str, purpose: CodePurpose | None = None, *, actor: Actor = THE_OPERATOR
) -> Verification | None:
    """Return the verification whose code the number may give now; of the API's only those that the actor's key asked for.

    Raises NotAllowed.
    """
    row = allowed(
        database.call("running_verification", number=number, purpose=purpose, actor=actor.to_json())
    )
    return _verification({**row, "running": True}, number) if row else None


def recent_verifications(database: Database, number: str) -> Sequence[Verification]:
    """Return a day's verifications of the number, newest first, those too that are over."""
    rows = database.call("recent_verifications", number=number)["verifications"]
    return [_verification(row, number) for row in rows]


def read_verification(database: Database, verification_id: UUID) -> Verification | None:
    """Return the verification of this id, also one that is over; None for an unknown id."""
    row = database.call("read_verification", verification_id=verification_id)
    return _verification(row, row["number"]) if row else None


def unlock_verification(database: Database, number: str) -> bool:
    """Let a locked number try codes again; False when nothing held it."""
    return bool(database.call("unlock_verification", number=number)["result"] == "unlocked")


def revoke_verification(database: Database, number: str) -> bool:
    """Take the proof of a number back; False when it had none."""
    return bool(database.call("revoke_verification", number=number)["result"] == "revoked")


def sweep_verifications(database: Database) -> Row:
    """Mark what ran out, drop what is counted no more; returns how many (`ended`, `counters`)."""
    answer: Row = database.call("sweep_verifications")
    return answer


def hear_verification_call(database: Database, attempt_id: UUID) -> Verification | None:
    """Note that the code is read to somebody in this call; return its verification, None when there is none to read."""
    row = database.call("hear_verification_call", attempt_id=attempt_id)
    return _verification(row, row["number"]) if row else None


def _verification(row: Row, number: str) -> Verification:
    secret = Nonce(row["id"], number, row["purpose"], row["nonce"])
    return Verification(secret, bool(row["running"]), bool(row.get("holds")))


def _checked(row: Row) -> Checked:
    user_id, key, purpose = row.get("user_id"), row.get("id"), row.get("purpose")
    return Checked(
        CodeOutcome(row["result"]),
        retry_after_s=row.get("retry_after_s", 0.0),
        id=UUID(key) if key else None,
        purpose=CodePurpose(purpose) if purpose else None,
        user_id=UUID(user_id) if user_id else None,
    )
