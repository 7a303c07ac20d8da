"""Store what the carrier reports about a call besides the conversation. Facts: any order, any repetition.

While the database is away the facts go to the spool. If the spool cannot take a fact either, the carrier is asked to
report it again.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voicebot.domain.call.reports import AnswererReport, CallReport, RecordingReport, TransferReport
from voicebot.domain.call.statuses import is_terminal
from voicebot.runtime import Runtime
from voicebot.services.calls.last_resort import within
from voicebot.services.operators.notice import operator_notice
from voicebot.storage.calls import calls, foreign

NAMELESS: Mapping[str, Any] = {"result": "refused", "code": "no_sid"}
logger = logging.getLogger(__name__)


def record_status(runtime: Runtime, status: CallReport) -> None:
    """Store a call's status, also before the call itself; a status that names no call is dropped."""
    answer = (
        calls.record_call_status(runtime.facts.about(status.call_sid), status)
        if status.call_sid
        else NAMELESS
    )
    _tell("status", answer)
    if is_terminal(status.status):
        runtime.live_calls.ended(status.call_sid)
        runtime.left_turns.pop(status.call_sid, None)


def record_recording(runtime: Runtime, recording: RecordingReport) -> None:
    """Keep a recording's state; the same rules."""
    named = recording.call_sid and recording.recording_sid
    _tell(
        "recording",
        calls.record_recording(runtime.facts.about(recording.call_sid), recording) if named else NAMELESS,
    )


def record_transfer(runtime: Runtime, report: TransferReport) -> None:
    """Store how a transfer went, once a turn; a person has to look at one that nobody answered. The same rules hold."""
    told = replace(report, operator_notice=operator_notice(runtime))
    _tell(
        "transfer",
        calls.record_transfer(runtime.facts.about(report.call_sid), told) if report.call_sid else NAMELESS,
    )


def record_leg(runtime: Runtime, call_sid: str, leg: CallReport) -> None:
    """Keep with a transferred call how one of the numbers ended that were rung: <Dial> itself may never tell. The same rules."""
    if leg.call_sid and is_terminal(leg.status):
        foreign.record_leg(
            runtime.facts.about(call_sid),
            call_sid,
            leg_sid=leg.call_sid,
            outcome=leg.status,
            duration_s=leg.duration_s,
        )


def note_transfer(runtime: Runtime, report: TransferReport) -> None:
    """Keep how a transfer went, unless that takes too long: the caller waits."""
    try:
        within(lambda: record_transfer(runtime, report), runtime.limits.webhook.keep_within_s)
    except Exception:
        # The end of the call matters more than the note about it.
        logger.exception("a transfer's outcome was not noted")


def record_answerer(runtime: Runtime, report: AnswererReport) -> None:
    """Keep whether a person or a machine answered; the first verdict stays. A job hangs up on a machine or gives it its message."""
    named = report.call_sid and report.answered_by
    _tell("answerer", calls.record_amd(runtime.facts.about(report.call_sid), report) if named else NAMELESS)


def _tell(event: str, answer: Mapping[str, Any]) -> None:
    if answer["result"] == "refused":
        # Sending it again would not make it better, so the carrier is not told.
        logger.warning("a report of the carrier was refused", extra={"event": event, "code": answer["code"]})
        return
    logger.info(
        "told by the carrier",
        extra={"event": event, "call_id": answer.get("call_id"), "outcome": answer["result"]},
    )
