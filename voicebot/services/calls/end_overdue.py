"""Find calls whose end was never reported, ask the carrier, and end calls that run beyond their longest time."""

import logging

from voicebot.domain.call.reports import CallReport
from voicebot.domain.call.sides import direction_of
from voicebot.domain.call.statuses import CallStatus, is_terminal
from voicebot.providers.ports import Outcome, ProviderCall, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.dialling.diallers import dialler_of
from voicebot.storage.calls import calls
from voicebot.storage.calls.calls import OverdueCall

UNKNOWN_TO_CARRIER = frozenset({"20404", "http_404", "bad_request"})
MAX_FAILURES = 3
logger = logging.getLogger(__name__)


def end_overdue_calls(runtime: Runtime) -> int:
    """Bring every overdue call to the state that the carrier reports; return how many have ended.

    A carrier that fails three times is left alone until the next round.
    """
    ended = failures = 0
    for call in calls.overdue_calls(runtime.database, max_call_s=runtime.settings.max_call_seconds):
        try:
            ended += _settle(runtime, call)
        except ProviderError as error:
            failures += 1
            logger.warning("overdue call not settled", extra={"call_id": call.call_id, "code": error.code})
            if failures >= MAX_FAILURES:
                break
    if ended:
        logger.info("overdue calls settled", extra={"count": ended})
    return ended


def _settle(runtime: Runtime, call: OverdueCall) -> bool:
    known = _ask(runtime, call)
    if call.reason == "too_long" and not is_terminal(known.status):
        dialler_of(runtime, call.account).hang_up(call.call_sid)
        # Not before it is ended: had that failed, the call would have ended for another reason.
        calls.finish_call(runtime.database, call.call_sid, "max_duration")
        known = _ask(runtime, call)
    calls.record_call_status(runtime.database, known)
    return is_terminal(known.status)


def _ask(runtime: Runtime, call: OverdueCall) -> CallReport:
    try:
        return status_of(dialler_of(runtime, call.account).fetch(call.call_sid))
    except ProviderError as error:
        if error.outcome is not Outcome.REFUSED or error.code not in UNKNOWN_TO_CARRIER:
            raise
    # A call that the carrier does not know cannot be going on.
    over = CallStatus.COMPLETED if call.answered else CallStatus.FAILED
    return CallReport(call.call_sid, over.value, event_id=_event_id(call.call_sid, over.value))


def status_of(call: ProviderCall) -> CallReport:
    """Return the call's state as the status callback would have told it."""
    return CallReport(
        call_sid=call.sid,
        status=call.status,
        occurred_at=call.ended_at if is_terminal(call.status) else None,
        direction=direction_of(call.direction),
        from_number=call.from_number,
        to_number=call.to_number,
        duration_s=call.duration_s,
        event_id=_event_id(call.sid, call.status),
    )


def _event_id(call_sid: str, status: str) -> str:
    # Beside the callback's own key: that one may still come, and is then seen to have come.
    return f"{call_sid}:fetched:{status}"
