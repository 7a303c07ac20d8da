"""Dials: claimed, finished by token, settled by what the carrier tells; rows <-> records (`sql/functions/dialling/dials.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from voicebot.domain.dialling.answerer import Answerer, OnVoicemail
from voicebot.domain.dialling.dials import DialKind
from voicebot.domain.handover import Handover
from voicebot.storage.database import Database

Wanted = Literal["codes", "talks"]
"""Which dials are claimed: those that read out a code, or those that talk."""


@dataclass(frozen=True)
class Dial:
    """A dial in state `sending`, committed, that its claimer may make now."""

    attempt_id: UUID
    kind: DialKind
    to_number: str
    from_number: str
    on_voicemail: OnVoicemail | None = None
    """What is done at a mailbox."""
    detect_machines: bool = True
    """Whether the carrier is asked who answered."""
    account: str = "twilio"
    """Who dials it, by its name in `call_service_providers`."""
    time_limit_s: int | None = None
    """How long its user's plan lets it last; None: as long as any call."""


@dataclass(frozen=True)
class DialLimits:
    """The limits of an account: dials a second, how many at once after a pause, and calls under way; None for no limit.

    `hold` stops every dial that nobody waits for. `require_plan` refuses users without a plan. `longest_call_s` is the
    longest a call may last. `caller_number` is the number that calls come from, with its country, unless another one is
    better.
    """

    calls_per_second: float | None = None
    burst: int = 1
    concurrent: int | None = None
    hold: bool = False
    daily_usd: float | None = None
    """What a day of talks that we dial may cost."""
    call_usd: float | None = None
    """What one is expected to cost."""
    require_plan: bool | None = None
    longest_call_s: int | None = None
    caller_number: str | None = None
    caller_country: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return them for SQL; what is absent is no limit."""
        named = {
            "calls_per_second": self.calls_per_second,
            "burst": self.burst,
            "concurrent": self.concurrent,
            "hold": self.hold,
            "daily_usd": self.daily_usd,
            "call_usd": self.call_usd,
            "require_plan": self.require_plan,
            "longest_call_s": self.longest_call_s,
            "caller_number": self.caller_number,
            "caller_country": self.caller_country,
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
    account: str


@dataclass(frozen=True)
class AnsweredDial:
    """The dial that somebody answered. `superseded`: it became another call, and this one came too late."""

    attempt_id: UUID | None = None
    kind: DialKind | None = None
    superseded: bool = False
    language: str = ""
    """In which its code is wanted; blank: nobody has said."""


def claim_calls(
    database: Database, what: Wanted, *, token: UUID, lease_s: float, limits: DialLimits, batch: int = 1
) -> ClaimedDials:
    """Take dials that are due, as far as every rule allows; each comes with the account that is to make it.

    `limits` are those of the account of the settings. The same token again gets the same ones.
    """
    answer = database.call(
        "claim_calls", token=token, what=what, lease_s=float(lease_s), batch=batch, limits=limits.to_json()
    )
    return ClaimedDials([dial_from_json(row) for row in answer["dials"]], answer["next_in_s"])


@dataclass(frozen=True)
class LastLook:
    """Whether a claimed dial may still be made. `refusal`: why it never may. `late`: its claim has run out."""

    refusal: str | None = None
    late: bool = False


def look_at_dial(database: Database, attempt_id: UUID) -> LastLook:
    """Look at a claimed dial once more, right before the carrier is asked."""
    row = database.call("look_at_dial", attempt_id=attempt_id)
    return LastLook(row.get("code"), row["result"] == "late")


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
        unwell=handover.unwell,
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
    """What is known of an attempt when the verdict on who answered arrives. `over` says that the attempt needs nothing more."""

    call_sid: str
    account: str
    verdict: str
    answerer: Answerer
    on_voicemail: OnVoicemail | None
    over: bool
    is_sure: bool
    """The machine has identified itself, or has heard nothing from us to reply to. Without either, a reply may overturn
    the verdict.
    """
    turn: int | None
    """The last turn of the call; None: its first document was never asked for."""
    plan: Mapping[str, Any]
    """The call's background."""


def machine_met(database: Database, attempt_id: UUID) -> MetMachine | None:
    """Return who answered an attempt and what its template wants then; None without such a verdict."""
    row = database.call("machine_met", attempt_id=attempt_id)
    if row["result"] != "found" or row["answered_by"] is None or row["call_sid"] is None:
        return None
    return MetMachine(
        row["call_sid"],
        row["account"],
        row["verdict"] or "",
        Answerer(row["answered_by"]),
        on_voicemail_of(row["on_voicemail"]),
        row["over"],
        bool(row["is_sure"]),
        row["turn"],
        row["plan"] or {},
    )


def dial_background(database: Database, attempt_id: UUID, ours: str) -> Mapping[str, Any]:
    """Return what the call of a dial that talks will know when it is answered."""
    found: Mapping[str, Any] = database.call("dial_background", attempt_id=attempt_id, ours=ours) or {}
    return found


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
    return AnsweredDial(UUID(row["attempt_id"]), DialKind(row["kind"]), language=row.get("language") or "")


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
            row["account"],
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
        bool(row.get("detect_machines", True)),
        row["account"],
        row.get("time_limit_s"),
    )


def on_voicemail_of(word: str | None) -> OnVoicemail | None:
    """Read what a template wants at a mailbox; a word that this release does not know counts as none."""
    return OnVoicemail(word) if word in set(OnVoicemail) else None
