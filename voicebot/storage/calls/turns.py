"""A Gather call's turns in the database: rows <-> records (`sql/functions/calls/{starts,turns}.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.call.events import (
    CallerSaid,
    CodeChecked,
    SilencePassed,
    event_from_json,
    event_to_json,
)
from voicebot.domain.call.reports import CallArrival
from voicebot.domain.call.state import CallState, Phase
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.storage.database import Database


@dataclass(frozen=True)
class Part:
    """One committed event of a turn (None: what opened it) and what is said because of it."""

    event: Mapping[str, Any] | None
    speech: Sequence[Mapping[str, Any]] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the row's columns."""
        return {"event": self.event, "speech": list(self.speech)}


@dataclass(frozen=True)
class TurnView:
    """A turn as any process may see it; `closing` is None while it is being generated."""

    call_id: int
    turn: int
    parts: Sequence[Part]
    closing: Mapping[str, Any] | None
    parts_served: int = 0
    running: bool = False
    voice_id: str | None = None
    language: str = "en-US"
    """What the call was planned with."""


@dataclass(frozen=True)
class ServedDocument:
    """What an earlier document of the call said, and when Twilio got it."""

    speech: Sequence[Mapping[str, Any]]
    served_at: datetime


@dataclass(frozen=True)
class TurnClaim:
    """The answer to a claim: whose turn it is, and all that is needed to go on with it.

    `result`: unknown_call, blocked (`answer`), stale, served (`body`), finished, running (somebody else generates),
    claimed.
    """

    result: str
    body: str = ""
    answer: str = ""
    """How a blocked caller is refused: phrase, reject."""
    turn: int = -1
    """The last finished turn, when the claim is stale."""
    language: str = "en-US"
    """The call's, when the claim is stale."""
    view: TurnView | None = None
    input: Sequence[Mapping[str, Any]] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] | None = None
    previous: Sequence[ServedDocument] = ()
    started_at: datetime | None = None
    """When the turn was claimed for the first time."""


def _view(row: Mapping[str, Any]) -> TurnView:
    return TurnView(
        call_id=row["call_id"],
        turn=row["turn"],
        parts=[Part(part["event"], part["speech"]) for part in row["parts"]],
        closing=row["closing"],
        parts_served=row["parts_served"],
        running=row["running"],
        voice_id=row["voice_id"],
        language=row["language"] or "en-US",
    )


def _claim(row: Mapping[str, Any]) -> TurnClaim:
    if "parts" not in row:
        language = row.get("language") or "en-US"
        return TurnClaim(
            row["result"],
            body=row.get("body", ""),
            answer=row.get("answer", ""),
            turn=row.get("turn", -1),
            language=language,
        )
    return TurnClaim(
        result=row["result"],
        view=_view(row),
        input=_opening_of(row),
        plan=row["plan"],
        state=row["state"],
        started_at=datetime.fromisoformat(row["started_at"]),
        previous=[
            ServedDocument(served["speech"], datetime.fromisoformat(served["served_at"]))
            for served in row["previous"]
        ],
    )


def _opening_of(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the events that opened the turn: words with a code in them are the event of the code that was tried."""
    if row["code_outcome"] is None:
        return list(row["input"])
    outcome, text = CodeOutcome(row["code_outcome"]), row["input"][0]["text"]
    return [event_to_json(CodeChecked(outcome, text))]


def _columns_of(opening: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what SQL needs of the events that open a turn."""
    match event_from_json(opening[0]) if opening else None:
        case CallerSaid(text, confidence):
            return {"said": text, "confidence": confidence}
        case SilencePassed():
            return {"silent": True}
    return {}


def begin_call(
    database: Database,
    arrival: CallArrival,
    *,
    token: UUID,
    lease_s: float,
    opening: Sequence[Mapping[str, Any]],
) -> TurnClaim:
    """Store the call and claim its turn 0; a repeated request sees what the first one did."""
    return _claim(
        database.call(
            "begin_call",
            call_sid=arrival.call_sid,
            direction=arrival.direction,
            from_number=arrival.from_number,
            to_number=arrival.to_number,
            transport="gather",
            stir_verstat=arrival.stir_verstat,
            forwarded_from=arrival.forwarded_from,
            caller_name=arrival.caller_name,
            event_id=arrival.event_id,
            token_index=arrival.token_index,
            token=token,
            lease_s=lease_s,
            input=list(opening),
            caller_key=arrival.caller_key,
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
    opening: Sequence[Mapping[str, Any]],
    force: bool = False,
    code: Mapping[str, Any] | None = None,
) -> TurnClaim:
    """Take the right to generate a turn, or learn who has it. `force` takes it from whoever has it.

    `code` (`verification_id`, `ok`): the caller gave one, which is tried if the turn is new; it opens the turn then.
    """
    return _claim(
        database.call(
            "claim_turn",
            call_sid=call_sid,
            turn=turn,
            document=document,
            input=list(opening),
            token=token,
            lease_s=lease_s,
            force=force,
            code=code,
            **_columns_of(opening),
        )
    )


def renew_turn(database: Database, call_id: int, turn: int, *, token: UUID, lease_s: float) -> bool:
    """Keep the lease; False when somebody else has taken the turn over."""
    row = database.call("renew_turn", call_id=call_id, turn=turn, token=token, lease_s=lease_s)
    return bool(row["result"] == "renewed")


def add_turn_part(
    database: Database, call_id: int, turn: int, part: int, content: Part, *, token: UUID, lease_s: float
) -> bool:
    """Commit one event and its speech, and renew the lease; False when the turn is no longer ours."""
    row = database.call(
        "add_turn_part",
        call_id=call_id,
        turn=turn,
        token=token,
        part=part,
        event=content.event,
        speech=list(content.speech),
        lease_s=lease_s,
    )
    return bool(row["result"] == "added")


@dataclass(frozen=True)
class Draft:
    """A document to be served: its number in the turn, the TwiML, and what of the turn it says."""

    document: int
    body: str
    parts_served: int
    speech: Sequence[Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return the row's columns."""
        return {
            "document": self.document,
            "body": self.body,
            "parts_served": self.parts_served,
            "speech": list(self.speech),
        }


@dataclass(frozen=True)
class FinishedTurn:
    """All that ends a turn, committed together."""

    first_part: int
    parts: Sequence[Part]
    closing: Mapping[str, Any]
    state: Mapping[str, Any]
    utterances: Sequence[Mapping[str, Any]]
    results: Mapping[str, Any]
    guidance: Mapping[str, Any] | None = None
    """Of a caller who is asked our questions: `onboarding`, `effects`, and the `state` of a thread that is new."""
    mirrored: Mapping[str, Any] = field(default_factory=dict)
    """What SQL needs of `state` (`mirrored`)."""
    operator_notice: Mapping[str, Any] | None = None
    """What the operator is texted if `results` hold something for a person: {"to", "from", "content"}."""


def mirrored(state: CallState) -> dict[str, Any]:
    """Return what SQL needs of a call's state, as columns: SQL does not look into the state."""
    return {
        "voice_id": state.voice_id,
        "next_number": state.next_number,
        "transferring": state.phase is Phase.TRANSFERRING,
        "taking_message": state.taking_message,
    }


def finish_turn(
    database: Database,
    call_id: int,
    turn: int,
    finished: FinishedTurn,
    *,
    token: UUID,
    draft: Draft | None = None,
) -> str | None:
    """Commit the turn's end, and with it the document that says it; None when the turn is no longer ours.

    Returns the document to send, which is another one if it was served meanwhile; "" without a draft.
    """
    row = database.call(
        "finish_turn",
        call_id=call_id,
        turn=turn,
        token=token,
        first_part=finished.first_part,
        parts=[part.to_json() for part in finished.parts],
        closing=finished.closing,
        state=finished.state,
        utterances=list(finished.utterances),
        results=finished.results,
        guidance=finished.guidance,
        draft=draft.to_json() if draft else None,
        operator_notice=dict(finished.operator_notice) if finished.operator_notice else None,
        **finished.mirrored,
    )
    return str(row.get("body") or "") if row["result"] == "finished" else None


def serve_document(database: Database, view: TurnView, draft: Draft) -> str:
    """Store the document unless one is stored already; return the stored one, which is the one to send."""
    row = database.call("serve_document", call_id=view.call_id, turn=view.turn, **draft.to_json())
    return str(row["body"])


def read_turn(
    database: Database, call_id: int, turn: int, document: int
) -> tuple[TurnView | None, str | None]:
    """Return the turn as it stands, and the document's body if it was served meanwhile."""
    row = database.call("read_turn", call_id=call_id, turn=turn, document=document)
    return (_view(row) if "parts" in row else None), row["body"]


def read_speech(
    database: Database, call_id: int, turn: int, part: int, index: int
) -> Mapping[str, Any] | None:
    """Return one spoken item of a part, to make its clip again."""
    speech = database.call("read_turn_part", call_id=call_id, turn=turn, part=part)["speech"] or []
    return speech[index] if index < len(speech) else None
