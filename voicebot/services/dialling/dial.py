"""Make the dials that are due: calls that read out a code, and calls that talk.

An attempt is committed before a provider hears of it. The claim chooses the provider, and keeps to its rate and to the
number of calls that may be under way there.
"""

from dataclasses import replace
from typing import assert_never
from uuid import UUID

from voicebot.domain.dialling.dials import DialKind
from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.domain.person.phone import country, is_dialable
from voicebot.domain.verification.codes import may_get_code
from voicebot.providers.ports import NewDial
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import dial_limits
from voicebot.services.dialling.diallers import TwimlDialler, dialler_of
from voicebot.services.dialling.greeting import make_greeting
from voicebot.services.dialling.led.dial import with_words
from voicebot.services.hand_over import TOO_LATE, Claimed, NotNow, Outbox, Refused, Try, hand_over_due
from voicebot.settings import Settings
from voicebot.storage import dials
from voicebot.storage.dials import Dial, DialLimits

RING_S = 30
# Asked twice and read three times, it lasts less than three minutes.
CODE_LIMIT_S = 180
NOT_DIALABLE = "not_dialable"
KINDS: tuple[dials.Wanted, ...] = ("codes", "talks")


def place_dials(runtime: Runtime) -> int:
    """Claim the dials that are due and place them; return 0 when there is nothing to dial for now. Raises DatabaseAway."""
    # Somebody waits for a code; nobody waits for a talk.
    return sum(hand_over_due(_outbox(runtime, what)) for what in KINDS)


def _outbox(runtime: Runtime, what: dials.Wanted) -> Outbox[Dial]:
    code = runtime.limits.code

    def claim(token: UUID) -> Claimed[Dial]:
        taken = dials.claim_calls(
            runtime.database, what, token=token, lease_s=code.lease_s, limits=limits_of(runtime)
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
        prepare=lambda dial: _prepared(runtime, dial),
        finish=finish,
        sid_field="call_sid",
    )


def limits_of(runtime: Runtime) -> DialLimits:
    """Return what the account of the settings may do now, and from where it calls unless another number of it is better."""
    number = runtime.carriers.main.number or None
    home = country(number) if number else None
    return replace(dial_limits(runtime), caller_number=number, caller_country=home)


def _prepared(runtime: Runtime, dial: Dial) -> Try:
    dialler = dialler_of(runtime, dial.account)
    attempt = with_words(runtime, new_dial(runtime.settings, dial), dial.account)
    if dial.kind is DialKind.TALK and isinstance(dialler, TwimlDialler):
        make_greeting(runtime, dial.attempt_id, dialler.caller_of(attempt))
    # Somebody may have said no since the claim, or we may have been frozen for longer than it lasts.
    last = dials.look_at_dial(runtime.database, dial.attempt_id)
    if last.refusal:
        raise Refused(last.refusal)
    if last.late:
        raise NotNow(TOO_LATE)
    return lambda: Handover(HandoverOutcome.SENT, sid=dialler.place(attempt).call_id)


def new_dial(settings: Settings, dial: Dial) -> NewDial:
    """Return what the provider is asked for. Raises Refused."""
    # The list of countries may have become shorter since the dial was asked for.
    match dial.kind:
        case DialKind.CODE:
            allowed = may_get_code(dial.to_number, "call", settings.allowed_countries)
            limit_s = CODE_LIMIT_S
        case DialKind.TALK:
            allowed = is_dialable(dial.to_number, settings.allowed_countries)
            limit_s = min(settings.max_call_seconds, dial.time_limit_s or settings.max_call_seconds)
        case _:
            assert_never(dial.kind)
    if not allowed:
        raise Refused(NOT_DIALABLE)
    return NewDial(
        attempt_id=dial.attempt_id,
        kind=dial.kind,
        to_number=dial.to_number,
        from_number=dial.from_number,
        ring_s=RING_S,
        time_limit_s=limit_s,
        on_voicemail=dial.on_voicemail,
        detect_machines=dial.detect_machines,
    )
