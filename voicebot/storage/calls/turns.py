"""A Gather call's turns in the database: rows <-> records (`sql/functions/calls/{starts,turns}.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.events import (
    CodeChecked,
    Event,
    event_from_json,
    event_to_json,
)
from voicebot.domain.call.reports import CallArrival
from voicebot.domain.call.turn import CallSnapshot, Closing, ServedItem, SpeechItem, TurnResults
from voicebot.domain.prices import MINUTE_USD
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.storage.calls.commands import acted_from_row
from voicebot.storage.calls.turn_rows import (
    Draft,
    OfferedStream,
    Opening,
    Speculated,
    TurnEnd,
    background_from_json,
    closing_from_json,
    closing_to_json,
    columns_of_opening,
    columns_of_state,
    guidance_to_json,
    item_from_json,
    item_to_json,
    offered_from_json,
    results_to_json,
    served_from_json,
    snapshot_from_json,
    snapshot_to_json,
    speculated_from_json,
    turn_end_from_json,
    utterance_rows,
)
from voicebot.storage.database import Database


@dataclass(frozen=True)
class Part:
    """One committed event of a turn (None: its opening) and the words that followed from it."""

    event: Event | None
    speech: tuple[SpeechItem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the row's columns."""
        return {
            "event": event_to_json(self.event) if self.event else None,
            "speech": [item_to_json(item) for item in self.speech],
        }


@dataclass(frozen=True)
class TurnView:
    """A turn as any process may see it; `closing` is None while it is being generated."""

    call_id: int
    turn: int
    parts: Sequence[Part]
    closing: Closing | None
    parts_served: int = 0
    running: bool = False
    voice_id: str | None = None
    language: str = ""
    """What the call was planned with; blank: nothing tells."""


@dataclass(frozen=True)
class ServedDocument:
    """What an earlier document of the call said, and when Twilio got it."""

    speech: tuple[ServedItem, ...]
    served_at: datetime


# --- what a claim finds ---------------------------------------------------------------------------


@dataclass(frozen=True)
class UnknownCall:
    """Nobody knows the call."""


@dataclass(frozen=True)
class BlockedCaller:
    """The caller is blocked and gets no turn; `answer` says how they are refused: phrase, reject."""

    answer: str
    language: str = ""


@dataclass(frozen=True)
class CappedCall:
    """One call too many, without a turn; `cap`: number_live, number_hourly, prefix_live, prefix_hourly, money."""

    cap: str
    language: str = ""


@dataclass(frozen=True)
class StaleTurn:
    """A request from the past, or out of turn: the call stands behind turn `last`."""

    last: int
    language: str


@dataclass(frozen=True)
class ServedBefore:
    """The document was served before."""

    body: str


@dataclass(frozen=True)
class SeenTurn:
    """Somebody else generates the turn, or it is finished."""

    view: TurnView


@dataclass(frozen=True)
class ClaimedTurn:
    """The turn is ours to generate, with all that is needed to go on with it."""

    view: TurnView
    opening: tuple[Event, ...]
    """What the caller did, as of the first claim."""
    background: CallBackground
    snapshot: CallSnapshot | None
    """None: nothing of the call is committed yet."""
    previous: Sequence[ServedDocument]
    """What the last turn said."""
    started_at: datetime
    """When the turn was claimed for the first time."""
    spent_usd: float = 0.0
    """What the call has cost until now."""
    speculated: Speculated | None = None
    """Told to whoever claims the turn first."""


TurnClaim = UnknownCall | BlockedCaller | CappedCall | StaleTurn | ServedBefore | SeenTurn | ClaimedTurn
CallBegun = TurnClaim | OfferedStream


@dataclass(frozen=True)
class CodeTry:
    """The caller gave a code, which is tried if the turn is new; what came of it opens the turn then."""

    verification_id: UUID
    ok: bool


def _view(row: Mapping[str, Any]) -> TurnView:
    return TurnView(
        call_id=row["call_id"],
        turn=row["turn"],
        parts=[_part(part) for part in row["parts"]],
        closing=closing_from_json(row["closing"]) if row["closing"] else None,
        parts_served=row["parts_served"],
        running=row["running"],
        voice_id=row["voice_id"],
        language=row["language"] or "",
    )


def _part(row: Mapping[str, Any]) -> Part:
    event = event_from_json(row["event"]) if row["event"] else None
    return Part(event, tuple(item_from_json(item) for item in row["speech"]))


def _claim(row: Mapping[str, Any]) -> TurnClaim:
    claim = _begun(row)
    # Only a call that begins is offered a socket.
    assert not isinstance(claim, OfferedStream)
    return claim


def _begun(row: Mapping[str, Any]) -> CallBegun:
    match row["result"]:
        case "unknown_call":
            return UnknownCall()
        case "blocked":
            return BlockedCaller(row["answer"], row.get("language", ""))
        case "capped":
            return CappedCall(row["cap"], row.get("language", ""))
        case "offered":
            return offered_from_json(row)
        case "stale":
            return StaleTurn(row["turn"], row["language"] or "")
        case "served":
            return ServedBefore(row["body"])
        case "claimed":
            return ClaimedTurn(
                view=_view(row),
                opening=_opening_of(row),
                background=background_from_json(row["plan"]),
                snapshot=snapshot_from_json(row["state"]) if row["state"] else None,
                previous=[served_document(served) for served in row["previous"]],
                started_at=datetime.fromisoformat(row["started_at"]),
                spent_usd=float(row["spent_usd"]),
                speculated=speculated_from_json(row["speculation"]) if row["speculation"] else None,
            )
        case _:
            return SeenTurn(_view(row))


def _opening_of(row: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return the events that opened the turn: words with a code in them are the event of the code that was tried."""
    commands = tuple(acted_from_row(each) for each in row.get("commands") or ())
    if row["code_outcome"] is None:
        return (*commands, *(event_from_json(event) for event in row["input"]))
    return (*commands, CodeChecked(CodeOutcome(row["code_outcome"]), row["input"][0]["text"]))


def served_document(row: Mapping[str, Any]) -> ServedDocument:
    """Read a document that was served."""
    # Documents of an older version hold what was not spoken, too.
    speech = tuple(served_from_json(item) for item in row["speech"] if item.get("text") is not None)
    return ServedDocument(speech, datetime.fromisoformat(row["served_at"]))


def begin_gather_call(
    database: Database,
    arrival: CallArrival,
    *,
    transport: Transport,
    token: UUID,
    lease_s: float,
    opening: Sequence[Event],
    caps: Mapping[str, Any] | None = None,
    offer: Mapping[str, Any] | None = None,
    home: str | None = None,
) -> CallBegun:
    """Store the call and claim its turn 0; a repeated request gets the result of the first.

    `caps` limits how many calls are let in (`services/caps.py`); None for no limit. `offer` is what a socket can carry
    (`StreamOffer.to_json`); None for no socket. `home` is the service's language, in which a person of unknown language
    is offered voices.
    """
    return _begun(
        database.call(
            "begin_gather_call",
            call_sid=arrival.call_sid,
            direction=arrival.direction,
            from_number=arrival.from_number,
            to_number=arrival.to_number,
            transport=transport,
            stir_verstat=arrival.stir_verstat,
            forwarded_from=arrival.forwarded_from,
            caller_name=arrival.caller_name,
            event_id=arrival.event_id,
            token_index=arrival.token_index,
            token=token,
            lease_s=lease_s,
            input=[event_to_json(event) for event in opening],
            caller_key=arrival.caller_key,
            caps=dict(caps) if caps else None,
            offer=dict(offer) if offer else None,
            home=home,
        )
    )


def claim_turn(
    database: Database,
    call_sid: str,
    turn: int,
    document: int,
    *,
    token: UUID,
    lease_s: float,
    opening: Sequence[Event],
    force: bool = False,
    code: CodeTry | None = None,
    words: str | None = None,
) -> TurnClaim:
    """Take the right to generate a turn, or learn who has it. `force` takes it from its holder.

    `words` is a digest of the caller's words; it finds an answer that was begun to the same words.
    """
    tried = {"verification_id": str(code.verification_id), "ok": code.ok} if code else None
    return _claim(
        database.call(
            "claim_turn",
            call_sid=call_sid,
            turn=turn,
            document=document,
            input=[event_to_json(event) for event in opening],
            token=token,
            lease_s=lease_s,
            force=force,
            code=tried,
            words=words,
            **columns_of_opening(opening),
        )
    )


def renew_turn(database: Database, call_id: int, turn: int, *, token: UUID, lease_s: float) -> bool:
    """Keep the lease; False when somebody else has taken the turn over."""
    row = database.call("renew_turn", call_id=call_id, turn=turn, token=token, lease_s=lease_s)
    return bool(row["result"] == "renewed")


def add_turn_part(
    database: Database, call_id: int, turn: int, part: int, content: Part, *, token: UUID, lease_s: float
) -> bool:
    """Commit one event and its speech, and renew the lease; return False when another process has the turn."""
    row = database.call(
        "add_turn_part",
        call_id=call_id,
        turn=turn,
        token=token,
        part=part,
        **content.to_json(),
        lease_s=lease_s,
    )
    return bool(row["result"] == "added")


@dataclass(frozen=True)
class FinishedTurn:
    """All that ends a turn, committed together."""

    first_part: int
    parts: Sequence[Part]
    closing: Closing
    snapshot: CallSnapshot
    results: TurnResults
    operator_notice: Mapping[str, Any] | None = None
    """What the operator is texted if `results` hold something for a person: {"to", "from", "content"}."""
    used_usd: float = 0.0
    """What the turn has cost besides the carrier's minutes."""


def finish_turn(
    database: Database,
    call_id: int,
    turn: int,
    finished: FinishedTurn,
    *,
    token: UUID,
    draft: Draft | None = None,
    opening: Opening | None = None,
) -> TurnEnd | None:
    """Commit the turn's end and its document; None when another process has the turn. `opening` belongs to a turn
    without a claim.
    """
    row = database.call(
        "finish_turn",
        call_id=call_id,
        turn=turn,
        token=token,
        first_part=finished.first_part,
        parts=[part.to_json() for part in finished.parts],
        closing=closing_to_json(finished.closing),
        state=snapshot_to_json(finished.snapshot),
        utterances=utterance_rows(finished.results),
        results=results_to_json(finished.results),
        guidance=guidance_to_json(finished.snapshot, finished.results),
        draft=draft.to_json() if draft else None,
        opening=opening.to_json() if opening else None,
        operator_notice=dict(finished.operator_notice) if finished.operator_notice else None,
        used_usd=round(finished.used_usd, 6),
        minute_usd=MINUTE_USD,
        language=finished.snapshot.core.setup.language,
        **columns_of_state(finished.snapshot.core),
    )
    return turn_end_from_json(row) if row["result"] == "finished" else None


def serve_document(database: Database, view: TurnView, draft: Draft) -> str:
    """Store the document unless one is stored; return the stored one, which is the one to send."""
    row = database.call("serve_document", call_id=view.call_id, turn=view.turn, **draft.to_json())
    return str(row["body"])


def read_turn(
    database: Database, call_id: int, turn: int, document: int
) -> tuple[TurnView | None, str | None]:
    """Return the turn as it stands, and the document's body if it was served meanwhile."""
    row = database.call("read_turn", call_id=call_id, turn=turn, document=document)
    return (_view(row) if "parts" in row else None), row["body"]


def read_speech(database: Database, call_id: int, turn: int, part: int, index: int) -> SpeechItem | None:
    """Return one spoken item of a part, to make its clip again."""
    speech = database.call("read_turn_part", call_id=call_id, turn=turn, part=part)["speech"] or []
    return item_from_json(speech[index]) if index < len(speech) else None
