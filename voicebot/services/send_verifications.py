"""Have the carrier's own service send codes: the request is committed before it is asked, and never repeated blindly."""

import logging
from typing import TYPE_CHECKING
from uuid import uuid4

from voicebot import metrics
from voicebot.providers.ports import ProviderError
from voicebot.storage import verifications

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

BATCH = 2
LEASE_S = 60.0
log = logging.getLogger(__name__)


def send_verifications(runtime: "Runtime") -> int:
    """Claim the requests that are due and pass each on; return how many were claimed. Raises DatabaseAway."""
    if runtime.verifier is None:
        return 0
    token = uuid4()
    claimed = verifications.claim_verification_sends(
        runtime.database, token=token, lease_s=LEASE_S, batch=BATCH
    )
    for send in claimed:
        outcome, sid, error, wait = "sent", None, None, None
        try:
            with metrics.provider_call("verify", "send_code"):
                sid = runtime.verifier.send_code(send.to_number, send.channel)
        except ProviderError as failure:
            outcome, error, wait = failure.outcome.value, failure.code, failure.retry_after_s
        ours = verifications.finish_verification_send(
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
