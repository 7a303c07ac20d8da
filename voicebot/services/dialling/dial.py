"""Dial people who want their code by voice: the attempt is committed before the carrier is asked.

An attempt without an answer from the carrier is `unknown` and is never dialled again by itself: a status callback names
the attempt, or the carrier's own list does.
"""

import logging
from datetime import UTC, timedelta
from uuid import UUID, uuid4

from voicebot.domain.call.statuses import is_terminal
from voicebot.domain.verification.codes import may_get_code
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import NewCall, ProviderCall, ProviderError
from voicebot.runtime import Runtime
from voicebot.storage.verification import sends
from voicebot.storage.verification.sends import CodeCall, SilentCall
from voicebot.transports.twilio.urls import dial_status_url, dial_url

# Asked twice and read three times, it lasts less than three minutes.
RING_S, TIME_LIMIT_S = 30, 180
CLOCKS_DIFFER = timedelta(seconds=120)
log = logging.getLogger(__name__)


def dial_verifications(runtime: Runtime) -> int:
    """Claim the dials that are due and place them; return how many were claimed. Raises DatabaseAway."""
    token, limits = uuid4(), runtime.limits.code
    claimed = sends.claim_verification_calls(
        runtime.database, token=token, lease_s=limits.lease_s, batch=limits.batch
    )
    for call in claimed:
        _dial(runtime, call, token)
    return len(claimed)


def settle_silent_calls(runtime: Runtime) -> int:
    """Ask the carrier about dials of which nothing was heard; return how many were settled. Raises DatabaseAway."""
    settled, silent_s = 0, runtime.limits.code.silent_after_s
    for silent in sends.unknown_verification_calls(runtime.database, older_than_s=silent_s):
        try:
            with provider_call("telephony", "list_calls"):
                found = _candidates(runtime, silent)
        except ProviderError as error:
            log.warning("the carrier could not be asked about a dial", extra={"code": error.code})
            continue
        if not all(is_terminal(call.status) for call in found):
            continue
        # One that is another attempt's is refused, and the next one is asked about.
        known = any(_settle(runtime, silent, call.sid, call.status) for call in found)
        if not known and silent.state == "unknown":
            # A complete list that long afterwards does not have it: it was never made.
            known = _settle(runtime, silent, f"none:{silent.attempt_id}", "failed")
        settled += known
    return settled


def _dial(runtime: Runtime, call: CodeCall, token: UUID) -> None:
    outcome = "refused"
    error: str | None = "not_dialable"
    sid: str | None = None
    wait: float | None = None
    # The list of countries may have become shorter since the code was asked for.
    if may_get_code(call.to_number, "call", runtime.settings.allowed_countries):
        try:
            with provider_call("telephony", "create_call"):
                outcome, sid, error = "placed", runtime.telephony.create_call(_new_call(runtime, call)), None
        except ProviderError as failure:
            outcome, error, wait = failure.outcome.value, failure.code, failure.retry_after_s
    ours = sends.finish_verification_call(
        runtime.database,
        call.attempt_id,
        token=token,
        outcome=outcome,
        call_sid=sid,
        error=error,
        retry_after_s=wait,
    )
    about = {"key": call.attempt_id, "outcome": outcome, "code": error, "call_sid": sid}
    if ours and outcome == "placed":
        log.info("a call brings a code", extra=about)
    else:
        log.warning(
            "a call that brings a code was not placed" if ours else "the claim of a dial was lost",
            extra=about,
        )


def _new_call(runtime: Runtime, call: CodeCall) -> NewCall:
    begins = dial_url(runtime.settings, call.attempt_id)
    return NewCall(
        to=call.to_number,
        from_number=call.from_number or runtime.settings.twilio_phone_number,
        url=begins,
        fallback_url=begins,
        status_url=dial_status_url(runtime.settings, call.attempt_id),
        ring_s=RING_S,
        time_limit_s=TIME_LIMIT_S,
    )


def _candidates(runtime: Runtime, silent: SilentCall) -> list[ProviderCall]:
    """Return the carrier's calls that the dial may have become."""
    if silent.call_sid:
        return [runtime.telephony.fetch_call(silent.call_sid)]
    since = silent.since.astimezone(UTC) - CLOCKS_DIFFER
    return [
        call
        for call in runtime.telephony.list_calls(to=silent.to_number)
        if (call.created_at is None or call.created_at >= since) and call.direction.startswith("outbound")
    ]


def _settle(runtime: Runtime, silent: SilentCall, sid: str, status: str) -> bool:
    known = sends.settle_verification_call(runtime.database, silent.attempt_id, sid, status)
    if known:
        log.info("a silent dial is settled", extra={"key": silent.attempt_id, "status": status})
    return known
