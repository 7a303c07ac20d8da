"""Calls that a provider leads by itself: rows <-> records (`sql/functions/dialling/providers/led_calls.sql`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.dialling.led_calls import LedCall, answerer_of_call
from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class LedAttempt:
    """An attempt for which a provider was asked, or will be. `told` says that its whole report is here."""

    account: str
    call_id: str
    state: str
    since: datetime
    assistant_id: str
    variables: Mapping[str, Any]
    told: bool


def record_led_call(
    database: Database, account: str, call: LedCall, event_id: str, operator_notice: Row | None
) -> Row:
    """Store a provider's report about a call; any order and repetition ends in the same rows.

    The answer's `result` is applied, unchanged or refused (`code`); a refused report is set aside for a person.
    """
    answer: Row = database.call(
        "record_led_call",
        account=account,
        attempt_id=call.attempt_id,
        call_sid=call.call_id,
        status=call.status.value,
        report=_to_json(call),
        event_id=event_id,
        operator_notice=operator_notice,
    )
    return answer


def keep_report_aside(
    database: Database,
    account: str,
    event_id: str,
    *,
    code: str,
    payload: Row,
    operator_notice: Row | None,
) -> Row:
    """Keep a signed report that makes no sense, once; a person is told."""
    answer: Row = database.call(
        "keep_report_aside",
        account=account,
        event_id=event_id,
        code=code,
        payload=payload,
        operator_notice=operator_notice,
    )
    return answer


def led_attempt(database: Database, attempt_id: UUID) -> LedAttempt | None:
    """Return what is known of an attempt; None for one that is none."""
    row = database.call("led_attempt", attempt_id=attempt_id)
    if row["result"] != "found":
        return None
    return LedAttempt(
        row["account"],
        row["call_sid"] or "",
        row["state"],
        datetime.fromisoformat(row["since"]),
        row["assistant_id"] or "",
        row["variables"],
        row["whole"],
    )


@dataclass(frozen=True)
class UntoldCall:
    """A call that should be over, and whose end nobody told."""

    account: str
    attempt_id: UUID
    call_id: str


def untold_led_calls(database: Database) -> list[UntoldCall]:
    """Return calls led by providers without a report for some minutes."""
    rows = database.call("untold_led_calls")["calls"]
    return [UntoldCall(row["account"], UUID(row["attempt_id"]), row["call_sid"]) for row in rows]


@dataclass(frozen=True)
class WordsOfCall:
    """What was said in a call that is over: (whether the person said it, the words), in its order."""

    number: str
    call_sid: str
    answered_by: str
    ended_at: datetime
    said: tuple[tuple[bool, str], ...]


def words_of_call(database: Database, call_id: int) -> WordsOfCall | None:
    """Return the words of a call; None for one that is none."""
    row = database.call("words_of_call", call_id=call_id)
    if row["result"] != "found":
        return None
    return WordsOfCall(
        row["number"],
        row["call_sid"],
        row["answered_by"] or "",
        datetime.fromisoformat(row["ended_at"]),
        tuple((each["speaker"] == "caller", each["text"]) for each in row["said"]),
    )


def _to_json(call: LedCall) -> dict[str, Any]:
    """Return a report as SQL takes it; what is not known is null."""
    answerer = answerer_of_call(call.fate, call.utterances) if call.fate else None
    answered = answerer is not None or call.status is CallStatus.IN_PROGRESS
    return {
        "to_number": call.to_number,
        "from_number": call.from_number,
        "answered": answered,
        "started_at": _moment(call.started_at or call.created_at),
        "ended_at": _moment(call.ended_at),
        "duration_s": call.duration_s,
        "fate": call.fate.value if call.fate else None,
        "reason": call.reason,
        "end_reason": call.end_reason.value if call.end_reason else None,
        "answerer": answerer.value if answerer else None,
        "cost_usd": None if call.cost_usd is None else str(call.cost_usd),
        "whole": call.whole,
        "utterances": [
            {"speaker": "caller" if each.by_caller else "bot", "text": each.text, "at_s": each.at_s}
            for each in call.utterances
        ],
        "told": {
            "whole": call.whole,
            "ended_reason": call.reason,
            "carrier_sid": call.carrier_sid,
            "summary": call.summary,
            "judged": call.judged,
        },
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
