"""Keep what the carrier tells about a call besides the conversation. Facts: any order, any repetition.

A database that is away is waited for; then the webhook answers 503, so that the carrier tells it again.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from voicebot.storage import calls
from voicebot.storage.calls import CallStatus, RecordingStatus
from voicebot.storage.database import DatabaseAway

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

NAMELESS: Mapping[str, Any] = {"result": "refused", "code": "no_sid"}
PATIENCE_S = 3.0
"""Within the read timeout that our URLs ask for: Twilio repeats a 503 at once, so all its tries together wait longer."""
_PAUSE_S = 0.25
logger = logging.getLogger(__name__)


def patiently(work: Callable[[], None], *, patience_s: float = PATIENCE_S) -> None:
    """Do `work` again while the database is away, for as long as a report can wait. Raises DatabaseAway."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return work()
        except DatabaseAway:
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE_S)


def record_status(runtime: "Runtime", status: CallStatus) -> None:
    """Keep a call's status; one that comes before its call is kept too, one that names no call is dropped."""
    answer = calls.record_call_status(runtime.database, status) if status.call_sid else NAMELESS
    _tell("status", answer)


def record_recording(runtime: "Runtime", recording: RecordingStatus) -> None:
    """Keep a recording's state; the same rules."""
    named = recording.call_sid and recording.recording_sid
    _tell("recording", calls.record_recording(runtime.database, recording) if named else NAMELESS)


def record_answerer(
    runtime: "Runtime", call_sid: str, answered_by: str, token_index: int | None = None
) -> None:
    """Keep whether a person or a machine answered; the first verdict stays."""
    if not (call_sid and answered_by):
        _tell("answerer", NAMELESS)
        return
    _tell("answerer", calls.record_amd(runtime.database, call_sid, answered_by, token_index=token_index))


def _tell(event: str, answer: Mapping[str, Any]) -> None:
    if answer["result"] == "refused":
        # Sending it again would not make it better, so the carrier is not told.
        logger.warning("a report of the carrier was refused", extra={"event": event, "code": answer["code"]})
        return
    logger.info(
        "told by the carrier",
        extra={"event": event, "call_id": answer["call_id"], "outcome": answer["result"]},
    )
