"""Make the carrier's own service send codes."""

from uuid import UUID

from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.domain.languages.tongues import tongue_of
from voicebot.domain.verification.codes import may_get_code
from voicebot.providers.ports import PhoneVerifier
from voicebot.runtime import Runtime
from voicebot.services.hand_over import Claimed, Outbox, Refused, Try, hand_over_due
from voicebot.storage.verification import sends
from voicebot.storage.verification.sends import CodeSend


def send_verifications(runtime: Runtime) -> int:
    """Claim the requests that are due and pass each on; return how many were claimed. Raises DatabaseAway."""
    verifier = runtime.carriers.main.verifier
    return hand_over_due(_outbox(runtime, verifier)) if verifier else 0


def _home(runtime: Runtime) -> str:
    """Return the service's language; blank for English, the default: the carrier then goes by the number's country."""
    home = runtime.settings.home_language
    return "" if tongue_of(home) == "en" else home


def _outbox(runtime: Runtime, verifier: PhoneVerifier) -> Outbox[CodeSend]:
    limits = runtime.limits.code

    def claim(token: UUID) -> Claimed[CodeSend]:
        return Claimed(
            sends.claim_verification_sends(
                runtime.database, token=token, lease_s=limits.lease_s, batch=limits.batch
            )
        )

    def prepare(send: CodeSend) -> Try:
        # The list of countries may have become shorter since the code was asked for.
        if not may_get_code(send.to_number, send.channel, runtime.settings.allowed_countries):
            raise Refused("not_allowed")
        language = send.language or _home(runtime)
        return lambda: Handover(
            HandoverOutcome.SENT, sid=verifier.send_code(send.to_number, send.channel, language)
        )

    def finish(send: CodeSend, token: UUID, handover: Handover) -> str | None:
        ours = sends.finish_verification_send(runtime.database, send.send_id, token=token, handover=handover)
        return handover.outcome.value if ours else None

    return Outbox(
        name="request for a code",
        provider="verify",
        operation="send_code",
        lease_s=limits.lease_s,
        longest_try_s=limits.longest_post_s,
        finishing=limits.finish,
        key=lambda send: send.send_id,
        claim=claim,
        prepare=prepare,
        finish=finish,
    )
