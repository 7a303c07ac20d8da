"""Calls on sockets in the database: rows <-> records (`sql/functions/calls/streams.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.events import Event, TransferOutcome, event_to_json
from voicebot.domain.call.turn import CallSnapshot, Closing, TurnResults
from voicebot.domain.prices import MINUTE_USD
from voicebot.storage.calls.turn_rows import (
    background_from_json,
    closing_from_json,
    closing_to_json,
    columns_of_opening,
    columns_of_state,
    guidance_to_json,
    results_to_json,
    snapshot_from_json,
    snapshot_to_json,
    utterance_rows,
)
from voicebot.storage.calls.turns import CodeTry
from voicebot.storage.database import Database
from voicebot.storage.spool.facts import Facts


@dataclass(frozen=True)
class StreamOffer:
    """A socket that a document is to ask for: the hash of its token, and how long that holds."""

    token_hash: str
    token_s: float
    usual: Transport = Transport.GATHER
    """What carries a call whose template says nothing."""
    usable: tuple[Transport, ...] = ()
    """The sockets that can carry a call now."""
    transfer: TransferOutcome | None = None
    """How the transfer ended that the caller comes back from."""

    def to_json(self) -> dict[str, Any]:
        """Return it as SQL takes it."""
        return {
            "token_hash": self.token_hash,
            "token_s": self.token_s,
            "usual": self.usual.value,
            "usable": [each.value for each in self.usable],
            "transfer": self.transfer.value if self.transfer else None,
        }


@dataclass(frozen=True)
class StandingCall:
    """Where a call stands whose socket is gone."""

    call_id: int
    turn: int
    """The last turn that is over; -1: none."""
    background: CallBackground
    snapshot: CallSnapshot | None
    transport: Transport | None
    closing: Closing | None
    """How that turn ended."""
    ended: bool = False
    missed: bool = False
    """Its last socket was asked for and never came."""
    offered: int = 0
    """How many sockets it was offered within the last 20 seconds."""


@dataclass(frozen=True)
class ClaimedStream:
    """A call that is ours to carry, with all that is needed to go on with it."""

    call_id: int
    turn: int
    background: CallBackground
    snapshot: CallSnapshot | None
    """None: nothing of the call is committed yet."""
    from_number: str = ""
    to_number: str = ""
    direction: str = "inbound"
    spent_usd: float = 0.0
    public_id: UUID | None = None
    transfer: TransferOutcome | None = None
    """How the transfer ended that the caller comes back from, where that is known."""


@dataclass(frozen=True)
class RefusedStream:
    """A socket that carries no call: `code` is unknown_call, unknown_token, used_token, old_token or ended."""

    code: str


@dataclass(frozen=True)
class OpenedTurn:
    """The events that opened a turn. `code_outcome` is the result of a code that the caller gave."""

    events: Sequence[Event]
    code_outcome: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the row's columns."""
        # Without words and without a key: as if the caller had done nothing.
        columns = columns_of_opening(self.events) if self.events else {"silent": True}
        return {
            "input": [event_to_json(event) for event in self.events],
            **columns,
            "code_outcome": self.code_outcome,
        }


@dataclass(frozen=True)
class StreamCommit:
    """What is kept together: where the call stands, and what it left."""

    turn: int
    snapshot: CallSnapshot
    results: TurnResults
    opened: OpenedTurn | None = None
    closing: Closing | None = None
    operator_notice: Mapping[str, Any] | None = None
    used_in_all_usd: float = 0.0
    """What was used since the call was claimed, besides minutes: the same commit again charges nothing."""
    minute_usd: float = MINUTE_USD
    """What each minute costs: the carrier's, with what hears and speaks there."""
    leaves: bool = False


def offer_stream(database: Database, call_sid: str, offer: StreamOffer | None) -> StandingCall | None:
    """Return a call's state, and store the token of its next socket; None for an unknown call."""
    row = database.call("offer_stream", call_sid=call_sid, offer=offer.to_json() if offer else None)
    if row["result"] != "standing":
        return None
    return StandingCall(
        call_id=row["call_id"],
        turn=row["turn"],
        background=background_from_json(row["plan"]),
        snapshot=snapshot_from_json(row["state"]) if row["state"] else None,
        transport=Transport(row["transport"]) if row["transport"] in set(Transport) else None,
        closing=closing_from_json(row["closing"]) if row["closing"] else None,
        ended=bool(row["ended"]),
        missed=bool(row.get("missed")),
        offered=int(row["offered"]),
    )


def claim_stream(
    database: Database,
    call_sid: str,
    *,
    token_hash: str,
    transport: Transport,
    stream_sid: str,
    lease: UUID,
    lease_s: float,
) -> ClaimedStream | RefusedStream:
    """Take the call with a token, once; whoever had the call before is fenced."""
    row = database.call(
        "claim_stream",
        call_sid=call_sid,
        token_hash=token_hash,
        transport=transport,
        stream_sid=stream_sid,
        lease=lease,
        lease_s=lease_s,
    )
    if row["result"] != "claimed":
        return RefusedStream(row["code"])
    return ClaimedStream(
        call_id=row["call_id"],
        turn=row["turn"],
        background=background_from_json(row["plan"]),
        snapshot=snapshot_from_json(row["state"]) if row["state"] else None,
        from_number=row["from_number"] or "",
        to_number=row["to_number"] or "",
        direction=row["direction"] or "inbound",
        spent_usd=float(row["spent_usd"] or 0),
        public_id=UUID(row["public_id"]) if row.get("public_id") else None,
        transfer=TransferOutcome(row["transfer"]) if row.get("transfer") else None,
    )


def commit_stream(
    database: Database, call_id: int, commit: StreamCommit, *, lease: UUID, lease_s: float
) -> float | None:
    """Commit it; return the call's cost so far, in dollars. None when another process has the call."""
    row = database.call(
        "commit_stream",
        call_id=call_id,
        lease=lease,
        lease_s=lease_s,
        turn=commit.turn,
        opened=commit.opened.to_json() if commit.opened else None,
        closing=closing_to_json(commit.closing) if commit.closing else None,
        state=snapshot_to_json(commit.snapshot),
        utterances=utterance_rows(commit.results),
        results=results_to_json(commit.results),
        guidance=guidance_to_json(commit.snapshot, commit.results),
        operator_notice=dict(commit.operator_notice) if commit.operator_notice else None,
        used_in_all_usd=round(commit.used_in_all_usd, 6),
        minute_usd=commit.minute_usd,
        carrier_usd=MINUTE_USD,
        leaves=commit.leaves,
        language=commit.snapshot.core.setup.language,
        **columns_of_state(commit.snapshot.core),
    )
    return float(row["spent_usd"]) if row["result"] == "committed" else None


def renew_streams(database: Database, leases: Mapping[int, UUID], *, lease_s: float) -> list[int]:
    """Keep the leases of one process; return the calls that somebody else has."""
    held = {str(call_id): str(lease) for call_id, lease in leases.items()}
    return list(database.call("renew_streams", leases=held, lease_s=lease_s)["fenced"])


def try_code(database: Database, call_id: int, code: CodeTry, *, lease: UUID) -> str | None:
    """Try a code that the caller gave; return its result. None when another process has the call."""
    tried = {"verification_id": str(code.verification_id), "ok": code.ok}
    row = database.call("try_stream_code", call_id=call_id, lease=lease, code=tried)
    return str(row["outcome"]) if row["result"] == "tried" else None


def keep_results(facts: Facts, call_id: int, commit: StreamCommit) -> None:
    """Store a call's results while its state cannot be committed. Raises FactLost when the spool cannot take them either."""
    facts.about(str(call_id)).call(
        "keep_stream_results",
        call_id=call_id,
        turn=commit.turn,
        utterances=utterance_rows(commit.results),
        results=results_to_json(commit.results),
        operator_notice=dict(commit.operator_notice) if commit.operator_notice else None,
    )
