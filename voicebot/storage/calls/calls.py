"""Calls and the carrier's reports about them, in the database: rows <-> records
(`sql/functions/calls/{events,results,facts,notes,speech}.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.call.reports import AnswererReport, CallReport, RecordingReport, TransferReport
from voicebot.domain.dialling.answerer import MAILBOX_WORDS, answerer_of
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER, Order
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]
BY_BEGIN: Order = BY_TIME_AND_NUMBER
"""How a list of calls is ordered."""


# --- what the carrier tells -----------------------------------------------------------------------


def running_calls(database: Database, call_sids: Sequence[str]) -> set[str]:
    """Return which of these calls have not ended."""
    return set(database.call("running_calls", call_sids=list(call_sids))["calls"])


def record_call_status(database: Database, status: CallReport) -> Row:
    """Keep a status; any order and repetition of the same ones ends in the same row.

    The answer's `result` is applied, unchanged or refused (`code`).
    """
    answer: Row = database.call(
        "record_call_status",
        call_sid=status.call_sid,
        status=status.status,
        sequence_number=status.sequence_number,
        occurred_at=_aware(status.occurred_at),
        direction=status.direction,
        from_number=status.from_number,
        to_number=status.to_number,
        duration_s=status.duration_s,
        answered_by=status.answered_by,
        sip_response_code=status.sip_response_code,
        event_id=status.event_id,
        token_index=status.token_index,
    )
    return answer


def record_recording(database: Database, recording: RecordingReport) -> Row:
    """Keep a recording's state, however late or often it is told; `result` as for a status."""
    answer: Row = database.call(
        "record_recording",
        call_sid=recording.call_sid,
        recording_sid=recording.recording_sid,
        status=recording.status,
        duration_s=recording.duration_s,
        error_code=recording.error_code,
        occurred_at=_aware(recording.occurred_at),
        event_id=recording.event_id,
        token_index=recording.token_index,
    )
    return answer


def record_transfer(database: Database, report: TransferReport) -> Row:
    """Keep how a transfer went in `call_data.transfers`, under its turn; the first report stays."""
    answer: Row = database.call(
        "record_transfer",
        call_sid=report.call_sid,
        turn=report.turn,
        outcome=report.outcome,
        dial_call_sid=report.dial_call_sid,
        duration_s=report.duration_s,
        token_index=report.token_index,
        operator_notice=dict(report.operator_notice) if report.operator_notice else None,
    )
    return answer


def record_amd(database: Database, report: AnswererReport) -> Row:
    """Keep whether a person or a machine answered; the first verdict stays, and an earlier reply says more than it."""
    answer: Row = database.call(
        "record_amd",
        call_sid=report.call_sid,
        answered_by=report.answered_by,
        detection_ms=report.detection_ms,
        token_index=report.token_index,
        attempt_id=report.attempt_id,
        answerer=answerer_of(report.answered_by).value,
        mailbox_words=MAILBOX_WORDS,
    )
    return answer


# --- how a call ends ------------------------------------------------------------------------------


@dataclass(frozen=True)
class OverdueCall:
    """A call without a reported end. `reason`: too_long (past its longest duration) or quiet (no report for long)."""

    call_id: int
    call_sid: str
    call_status: str | None
    answered: bool
    reason: str
    account: str


def overdue_calls(database: Database, *, max_call_s: float) -> list[OverdueCall]:
    """Return calls that should be over, the surest first; `max_call_s` holds where a template says nothing."""
    answer = database.call("overdue_calls", max_call_s=float(max_call_s))
    return [OverdueCall(**call) for call in answer["calls"]]


def finish_call(database: Database, call_sid: str, reason: str) -> bool:
    """Say why the call ended; False when the call itself has said so before."""
    return bool(database.call("finish_call", call_sid=call_sid, reason=reason)["result"] == "finished")


# --- for people -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class CallFilter:
    """Which calls are wanted; None: whichever."""

    number: str | None = None
    status: str | None = None
    direction: str | None = None
    end_reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    tag: str | None = None


EVERY_CALL = CallFilter()


def list_calls(
    database: Database, wanted: CallFilter = EVERY_CALL, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of the calls that the actor may see, the latest begin first."""
    answer = database.call("list_calls", **asdict(wanted), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_BEGIN, dict)


def find_calls(database: Database, prefix: str) -> Sequence[Row]:
    """Return {"public_id", "call_sid", "began_at"} of the calls whose public id or CallSid begins so: five at most."""
    rows: Sequence[Row] = database.call("find_calls", prefix=prefix)["calls"]
    return rows


def show_call(
    database: Database,
    *,
    public_id: UUID | None = None,
    call_sid: str | None = None,
    actor: Actor = THE_OPERATOR,
) -> Row | None:
    """Return {"call", "transcripts", "speeds", "summary", "statuses"} of one call; None when the actor sees no such call."""
    row: Row = database.call("show_call", public_id=public_id, call_sid=call_sid, actor=actor.to_json())
    return None if row.get("result") == "refused" else row


def call_speech(database: Database, public_id: UUID, actor: Actor = THE_OPERATOR) -> Row | None:
    """Return {"caller", "bot", "words"}: who spoke when, in seconds since the call began; None as for `show_call`.

    A side is [[from_s, to_s], …], the words are [[side, at_s, word], …]; empty where nothing was measured.
    """
    row: Row = database.call("call_speech", public_id=public_id, actor=actor.to_json())
    return None if row.get("result") == "refused" else row


def _aware(moment: datetime | None) -> datetime | None:
    # RFC 2822 writes -0000 for a time in UTC that knows no zone.
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
