"""Dials: claimed, finished by token, settled by what the carrier tells; rows <-> records (`sql/functions/dialling/dials.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.dialling.answerer import Answerer, OnVoicemail
from voicebot.domain.dialling.dials import DialKind
from voicebot.domain.handover import Handover
from voicebot.storage.database import Database


@dataclass(frozen=True)
class Dial:
    """A dial in state `sending`, committed, that its claimer may make now."""

    attempt_id: UUID
    kind: DialKind
    to_number: str
    from_number: str
    on_voicemail: OnVoicemail | None = None
    """What its template wants at a mailbox."""


@dataclass(frozen=True)
class DialLimits:
    """What an account may do: dials a second, how many of them at once after a pause, calls under way. None: no limit.

    `hold`: nothing that nobody waits for.
    """

    calls_per_second: float | None = None
    burst: int = 1
    concurrent: int | None = None
    hold: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return them for SQL; what is absent is no limit."""
        named = {
            "calls_per_second": self.calls_per_second,
            "burst": self.burst,
            "concurrent": self.concurrent,
            "hold": self.hold,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True)
class ClaimedDials:
    """What may be dialled now. `next_in_s`: when the next one may be; None when none waits or too many calls are under way."""

    dials: Sequence[Dial]
    next_in_s: float | None = None


@dataclass(frozen=True)
class SilentDial:
    """A dial of which nothing was heard for a while. `state`: unknown, or sent."""

    attempt_id: UUID
    to_number: str
    from_number: str
    call_sid: str
    state: str
    since: datetime


@dataclass(frozen=True)
class AnsweredDial:
    """The dial that somebody answered. `superseded`: it became another call, and this one came too late."""

    attempt_id: UUID | None = None
    kind: DialKind | None = None
    superseded: bool = False


def claim_dials(
    database: Database, account: str, *, token: UUID, lease_s: float, limits: DialLimits, batch: int = 1
) -> ClaimedDials:
    """Take dials of an account that are due, as far as its limits allow. The same token again gets the same ones."""
    claim = claim_to_json(account, token, lease_s, limits, batch)
    return claimed_from_json(database.call("claim_dials", **claim))


def claim_to_json(
    account: str, token: UUID, lease_s: float, limits: DialLimits, batch: int
) -> dict[str, Any]:
    """Return what both claims are asked with: that of codes, and that of talks (`storage/queue`)."""
    return {
        "token": token,
        "lease_s": float(lease_s),
        "batch": batch,
        "limits": limits.to_json(),
        "account": account,
    }


def claimed_from_json(answer: Mapping[str, Any]) -> ClaimedDials:
    """Return what a claim took."""
    return ClaimedDials([dial_from_json(row) for row in answer["dials"]], answer["next_in_s"])


def finish_dial(database: Database, attempt_id: UUID, *, token: UUID, handover: Handover) -> bool:
    """Commit what came of a dial; False when the claim was lost."""
    row = database.call(
        "finish_dial",
        attempt_id=attempt_id,
        token=token,
        outcome=handover.outcome.value,
        call_sid=handover.sid,
        error=handover.error,
        retry_after_s=handover.retry_after_s,
    )
    return bool(row["result"] == "finished")


def settle_dial(database: Database, attempt_id: UUID, status: str, call_sid: str | None) -> bool:
    """Keep a status of a call that we dialled, in any order; False when it names no attempt of ours.

    `call_sid` is None when a complete list of the carrier's does not have it: the first time that is noted (False), the
    second time it is believed.
    """
    row = database.call("settle_dial", attempt_id=attempt_id, status=status, call_sid=call_sid)
    return bool(row["result"] not in ("refused", "noted"))


@dataclass(frozen=True)
class MetMachine:
    """What is known of an attempt when the verdict on it is in. `over`: nothing is left to be done at it."""

    call_sid: str
    account: str
    verdict: str
    answerer: Answerer
    on_voicemail: OnVoicemail | None
    over: bool
    plan: Mapping[str, Any]
    """The call's background as it was stored; empty when its first document was never asked for."""


def machine_met(database: Database, attempt_id: UUID) -> MetMachine | None:
    """Return who answered an attempt and what its template wants then; None when there is no such verdict."""
    row = database.call("machine_met", attempt_id=attempt_id)
    if row["result"] != "found" or row["verdict"] is None or row["call_sid"] is None:
        return None
    return MetMachine(
        row["call_sid"],
        row["account"],
        row["verdict"],
        Answerer(row["answered_by"]),
        on_voicemail_of(row["on_voicemail"]),
        row["over"],
        row["plan"] or {},
    )


def begin_voicemail_message(database: Database, attempt_id: UUID, call_sid: str) -> bool:
    """Note that a mailbox is being told its message; False when that call reached none."""
    answer = database.call("begin_voicemail_message", attempt_id=attempt_id, call_sid=call_sid)
    return bool(answer["result"] == "begun")


def text_after_voicemail(database: Database, attempt_id: UUID, content: str) -> bool:
    """Queue the one text of an entry that only mailboxes answered; False when its call reached none."""
    answer = database.call("text_after_voicemail", attempt_id=attempt_id, content=content)
    return bool(answer["result"] == "queued")


def end_overdue_dials(database: Database) -> int:
    """End dials of which nobody can say anything a day after; return how many."""
    return int(database.call("end_overdue_dials")["ended"])


def answered_dial(database: Database, attempt_id: UUID | None, call_sid: str) -> AnsweredDial:
    """Find the dial that somebody answered, by our own id or else by the carrier's."""
    row = database.call("answered_dial", attempt_id=attempt_id, call_sid=call_sid)
    if row["result"] != "found":
        return AnsweredDial(superseded=row["result"] == "superseded")
    return AnsweredDial(UUID(row["attempt_id"]), DialKind(row["kind"]))


def unknown_dials(database: Database, *, older_than_s: float) -> list[SilentDial]:
    """Return dials of which nothing was heard for that long."""
    rows = database.call("unknown_dials", older_than_s=float(older_than_s))
    return [
        SilentDial(
            UUID(row["attempt_id"]),
            row["to_number"],
            row["from_number"] or "",
            row["call_sid"] or "",
            row["state"],
            datetime.fromisoformat(row["since"]),
        )
        for row in rows["dials"]
    ]


def dial_from_json(row: Mapping[str, Any]) -> Dial:
    """Read a claimed dial."""
    return Dial(
        UUID(row["attempt_id"]),
        DialKind(row["kind"]),
        row["to_number"],
        row["from_number"] or "",
        on_voicemail_of(row.get("on_voicemail")),
    )


def on_voicemail_of(word: str | None) -> OnVoicemail | None:
    """Read what a template wants at a mailbox; a word that this release does not know is no wish."""
    return OnVoicemail(word) if word in set(OnVoicemail) else None
