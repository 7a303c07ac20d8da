"""Browsers that hear a call: rows <-> records (`sql/functions/calls/listeners.sql`)."""

from dataclasses import dataclass
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.storage.database import Database


@dataclass(frozen=True)
class ClaimedHearer:
    """Who came in by a token: the call, the session that must live on, and whether they are to talk with the caller."""

    call_id: int
    session_id: UUID
    maker: str
    talks: bool
    actor: Actor


def open_audio(
    database: Database, call: UUID, token_hash: str, *, session_hash: str, talks: bool, actor: Actor
) -> str | None:
    """Keep a token that opens one socket; None when it was kept, otherwise why not."""
    row = database.call(
        "open_call_audio",
        public_id=call,
        token_hash=token_hash,
        session_hash=session_hash,
        talks=talks,
        actor=actor.to_json(),
    )
    return None if row["result"] == "opened" else str(row["code"])


def claim_audio(
    database: Database, call: UUID, token_hash: str, *, session_hash: str | None
) -> ClaimedHearer | str:
    """Use a token, once; a text says why it is no good."""
    row = database.call("claim_call_audio", public_id=call, token_hash=token_hash, session_hash=session_hash)
    if row["result"] != "claimed":
        return str(row["code"])
    user, organization = (
        UUID(row["actor"][name]) if row["actor"].get(name) else None
        for name in ("user_id", "organization_id")
    )
    return ClaimedHearer(
        row["call_id"],
        UUID(row["session_id"]),
        row["maker"],
        bool(row["talks"]),
        Actor(user, organization),
    )


def audio_stands(database: Database, call_id: int, session_id: UUID) -> bool:
    """Whether a browser may go on hearing the call."""
    row = database.call("call_audio_stands", call_id=call_id, session_id=session_id)
    return bool(row["result"] == "stands")
