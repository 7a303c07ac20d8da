"""Make the dials that are due: calls that read out a code, and calls that talk.

An attempt is committed before the carrier hears of it. The claim keeps to the account's rate, and to the number of calls
that may be under way.
"""

from typing import Protocol, assert_never
from uuid import UUID

from voicebot.domain.dialling.answerer import OnVoicemail
from voicebot.domain.dialling.dials import DialKind
from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.domain.person.phone import is_dialable
from voicebot.domain.verification.codes import may_get_code
from voicebot.providers.carriers import Carrier
from voicebot.providers.ports import Detection, NewCall
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import dial_limits
from voicebot.services.dialling.greeting import make_greeting
from voicebot.services.hand_over import Claimed, Outbox, Refused, Try, hand_over_due
from voicebot.settings import Settings
from voicebot.storage import dials, queue
from voicebot.storage.database import Database
from voicebot.storage.dials import ClaimedDials, Dial, DialLimits
from voicebot.transports.twilio.urls import answerer_url, dial_status_url, dial_url

RING_S = 30
# Asked twice and read three times, it lasts less than three minutes.
CODE_LIMIT_S = 180
NOT_DIALABLE = "not_dialable"


def place_dials(runtime: Runtime) -> int:
    """Claim the dials that are due and place them; return 0 when there is nothing to dial for now. Raises DatabaseAway."""
    # Somebody waits for a code; nobody waits for a talk.
    return sum(
        hand_over_due(_outbox(runtime, carrier, claim))
        for carrier in runtime.carriers
        for claim in (dials.claim_dials, queue.claim_talks)
    )


class _ClaimDials(Protocol):
    def __call__(
        self, database: Database, account: str, *, token: UUID, lease_s: float, limits: DialLimits
    ) -> ClaimedDials: ...


def _outbox(runtime: Runtime, carrier: Carrier, claim_of: _ClaimDials) -> Outbox[Dial]:
    code = runtime.limits.code

    def claim(token: UUID) -> Claimed[Dial]:
        taken = claim_of(
            runtime.database, carrier.name, token=token, lease_s=code.lease_s, limits=dial_limits(runtime)
        )
        return Claimed(taken.dials, taken.next_in_s)

    def finish(dial: Dial, token: UUID, handover: Handover) -> str | None:
        ours = dials.finish_dial(runtime.database, dial.attempt_id, token=token, handover=handover)
        return handover.outcome.value if ours else None

    return Outbox(
        name="dial",
        provider="telephony",
        operation="create_call",
        lease_s=code.lease_s,
        longest_try_s=code.longest_post_s,
        finishing=code.finish,
        key=lambda dial: dial.attempt_id,
        claim=claim,
        prepare=lambda dial: _prepared(runtime, carrier, dial),
        finish=finish,
        sid_field="call_sid",
    )


def _prepared(runtime: Runtime, carrier: Carrier, dial: Dial) -> Try:
    call = new_call(runtime.settings, carrier, dial)
    if dial.kind is DialKind.TALK:
        make_greeting(runtime, dial.attempt_id, call.from_number)
    return lambda: Handover(HandoverOutcome.SENT, sid=carrier.telephony.create_call(call))


def new_call(settings: Settings, carrier: Carrier, dial: Dial) -> NewCall:
    """Return what the carrier is asked for. Raises Refused."""
    # The list of countries may have become shorter since the dial was asked for.
    match dial.kind:
        case DialKind.CODE:
            allowed = may_get_code(dial.to_number, "call", settings.allowed_countries)
            limit_s = CODE_LIMIT_S
        case DialKind.TALK:
            allowed = is_dialable(dial.to_number, settings.allowed_countries)
            limit_s = settings.max_call_seconds
        case _:
            assert_never(dial.kind)
    if not allowed:
        raise Refused(NOT_DIALABLE)
    begins, detection = dial_url(settings, dial.attempt_id), None
    if dial.kind is DialKind.TALK and dial.detect_machines:
        to_the_beep = dial.on_voicemail is OnVoicemail.LEAVE_MESSAGE
        detection = Detection(answerer_url(settings, dial.attempt_id), to_the_beep)
    return NewCall(
        to=dial.to_number,
        from_number=dial.from_number or carrier.number,
        url=begins,
        fallback_url=begins,
        status_url=dial_status_url(settings, dial.attempt_id),
        ring_s=RING_S,
        time_limit_s=limit_s,
        detection=detection,
    )
