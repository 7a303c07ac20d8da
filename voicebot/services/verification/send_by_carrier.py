"""Make the carrier's own service send codes: the request is committed before the service is asked, and never
repeated blindly."""

import logging
from uuid import uuid4

from voicebot.domain.verification.codes import may_get_code
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.storage.verification import sends
from voicebot.storage.verification.sends import CodeSend

log = logging.getLogger(__name__)


def send_verifications(runtime: Runtime) -> int:
    """Claim the requests that are due and pass each on; return how many were claimed. Raises DatabaseAway."""
    if runtime.verifier is None:
        return 0
    token, limits = uuid4(), runtime.limits.code
    claimed = sends.claim_verification_sends(
        runtime.database, token=token, lease_s=limits.lease_s, batch=limits.batch
    )
    for send in claimed:
        outcome, sid, error, wait = _send(runtime, send)
        ours = sends.finish_verification_send(
            runtime.database,
            send.send_id,
            token=token,
            outcome=outcome,
            provider_sid=sid,
            error=error,
            retry_after_s=wait,
        )
        about = {"key": send.send_id, "outcome": outcome if ours else "fenced", "code": error}
        log.log(
            logging.INFO if outcome == "sent" else logging.WARNING, "code passed to the carrier", extra=about
        )
    return len(claimed)


def _send(runtime: Runtime, send: CodeSend) -> tuple[str, str | None, str | None, float | None]:
    """Return outcome, the carrier's name for it, error, and seconds to wait."""
    assert runtime.verifier is not None
    # The list of countries may have become shorter since the code was asked for.
    if not may_get_code(send.to_number, send.channel, runtime.settings.allowed_countries):
        return "refused", None, "not_allowed", None
    try:
        with provider_call("verify", "send_code"):
            return "sent", runtime.verifier.send_code(send.to_number, send.channel), None, None
    except ProviderError as failure:
        return failure.outcome.value, None, failure.code, failure.retry_after_s
