"""Answers begun before a caller is done, in the database: rows <-> records (`sql/functions/calls/speculations.sql`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.events import Event, event_from_json, event_to_json
from voicebot.domain.call.turn import CallSnapshot
from voicebot.storage.calls.turn_rows import background_from_json, snapshot_from_json
from voicebot.storage.calls.turns import ServedDocument, served_document
from voicebot.storage.database import Database


@dataclass(frozen=True)
class ClaimedSpeculation:
    """The right to begin an answer, with all that it is made from."""

    call_id: int
    background: CallBackground
    snapshot: CallSnapshot
    previous: Sequence[ServedDocument]
    """What the last turn said."""
    spent_usd: float


@dataclass(frozen=True)
class SpeculatedSoFar:
    """What an answer has brought so far; `gone`: nobody makes it any more."""

    events: Sequence[Event] = ()
    finished: bool = False
    gone: bool = False


def claim_speculation(
    database: Database,
    call_sid: str,
    turn: int,
    *,
    words: str,
    sequence: int,
    token: UUID,
    most_starts: int,
    opening: Event,
) -> ClaimedSpeculation | None:
    """Begin an answer to words whose digest is `words`; None where none is wanted.

    `sequence` orders the caller's texts: the newer of two is answered. `opening` are the events that open the answer.
    """
    row = database.call(
        "claim_speculation",
        call_sid=call_sid,
        turn=turn,
        words=words,
        sequence=sequence,
        token=token,
        most_starts=most_starts,
        opening=[event_to_json(opening)],
    )
    if row["result"] != "claimed":
        return None
    return ClaimedSpeculation(
        call_id=row["call_id"],
        background=background_from_json(row["plan"]),
        snapshot=snapshot_from_json(row["state"]),
        previous=[served_document(served) for served in row["previous"]],
        spent_usd=float(row["spent_usd"]),
    )


def add_speculation(
    database: Database,
    call_id: int,
    turn: int,
    events: Sequence[Event],
    *,
    token: UUID,
    finished: bool = False,
    clips_usd: float = 0.0,
    used_usd: float = 0.0,
) -> bool:
    """Store events of an answer; return False when no request waits for it any more.

    `used_usd` counts in any case, `clips_usd` only if the turn does not speak the clips.
    """
    row = database.call(
        "add_speculation",
        call_id=call_id,
        turn=turn,
        token=token,
        events=[event_to_json(event) for event in events],
        finished=finished,
        clips_usd=round(clips_usd, 6),
        used_usd=round(used_usd, 6),
    )
    return bool(row["result"] == "kept")


def read_speculation(database: Database, call_id: int, *, token: UUID, after: int) -> SpeculatedSoFar:
    """Return what an answer has brought since its first `after` events."""
    row = database.call("read_speculation", call_id=call_id, token=token, after=after)
    if row["gone"]:
        return SpeculatedSoFar(gone=True)
    return SpeculatedSoFar([event_from_json(event) for event in row["events"]], bool(row["finished"]))


def drop_speculation(database: Database, call_id: int, *, token: UUID) -> None:
    """Forget an answer: whoever makes it learns so with the next event."""
    database.call("drop_speculation", call_id=call_id, token=token)
