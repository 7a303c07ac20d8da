"""The meaning of Vapi's ended reasons (providers' handbook 5.2).

The list is open: an unknown reason counts as a failure and is stored as text.
"""

from voicebot.domain.call.state import EndReason
from voicebot.domain.dialling.led_calls import Fate

LONGEST_REASON = 200
NEVER_STARTED = "call.start.error-"
"""So begin the reasons of calls that were not placed, also those that are newer than this table."""

_NOT_PLACED = (
    "assistant-not-found", "assistant-not-valid", "assistant-request-failed",
    "assistant-request-returned-error", "assistant-request-returned-forwarding-phone-number",
    "assistant-request-returned-invalid-assistant", "assistant-request-returned-no-assistant",
    "assistant-request-returned-unspeakable-error", "call-start-error-neither-assistant-nor-server-set",
    "call.start.assistant-version-error-validation",
)  # fmt: skip
_FATES = {
    **dict.fromkeys(_NOT_PLACED, Fate.NOT_PLACED),
    "voicemail": Fate.VOICEMAIL,
    "customer-busy": Fate.BUSY,
    "customer-did-not-answer": Fate.NO_ANSWER,
    "sip-outbound-unallocated-number": Fate.BAD_NUMBER,
    "twilio-reported-customer-misdialed": Fate.BAD_NUMBER,
    "call-deleted": Fate.CANCELED,
    "manually-canceled": Fate.CANCELED,
    "scheduled-call-deleted": Fate.CANCELED,
}
_TALKED = {
    "assistant-ended-call": EndReason.BOT_ENDED,
    "assistant-ended-call-after-message-spoken": EndReason.BOT_ENDED,
    "assistant-ended-call-with-hangup-task": EndReason.BOT_ENDED,
    "assistant-said-end-call-phrase": EndReason.BOT_ENDED,
    "call.ending.hook-executed-say": EndReason.BOT_ENDED,
    "assistant-forwarded-call": EndReason.TRANSFERRED,
    "call.ending.hook-executed-transfer": EndReason.TRANSFERRED,
    "call.in-progress.sip-completed-call": EndReason.CALLER_HUNG_UP,
    "call.in-progress.twilio-completed-call": EndReason.CALLER_HUNG_UP,
    "customer-ended-call": EndReason.CALLER_HUNG_UP,
    "customer-ended-call-after-warm-transfer-attempt": EndReason.CALLER_HUNG_UP,
    "customer-ended-call-before-warm-transfer": EndReason.CALLER_HUNG_UP,
    "customer-ended-call-during-transfer": EndReason.CALLER_HUNG_UP,
    "vonage-completed": EndReason.CALLER_HUNG_UP,
    "exceeded-max-duration": EndReason.MAX_DURATION,
    "silence-timed-out": EndReason.SILENCE,
}
_BROKEN_LINE = ("phone-call-provider-closed-websocket", "vonage-disconnected", "worker-shutdown")


def fate_of(reason: str) -> Fate:
    """Return what became of a call that ended for this reason."""
    if reason in _TALKED:
        return Fate.TALKED
    if reason.startswith(NEVER_STARTED):
        return Fate.NOT_PLACED
    return _FATES.get(reason, Fate.FAILED)


def end_reason_of(reason: str, fate: Fate) -> EndReason | None:
    """Return why a call ended, in our words; None where its status says it all. `fate`: with the words counted in."""
    if reason in _TALKED:
        return _TALKED[reason]
    match fate:
        case Fate.VOICEMAIL:
            return EndReason.MACHINE
        case Fate.TALKED if fate_of(reason) is Fate.CANCELED:
            return EndReason.OPERATOR_ENDED
        case Fate.TALKED if reason in _BROKEN_LINE:
            return EndReason.TRANSPORT_LOST
        case Fate.TALKED:
            return EndReason.SERVICE_FAILED
        case _:
            return None
