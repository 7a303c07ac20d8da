"""Hand texts over to the carrier; a text leaves the service from nowhere else."""

import time
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.domain.person.addresses import WHATSAPP, bare_number, country_of_id, wire_address
from voicebot.domain.person.countries import is_among
from voicebot.domain.person.daytime import is_daytime
from voicebot.domain.person.phone import is_dialable
from voicebot.domain.texts.kinds import TextKind
from voicebot.providers.carriers import Carrier
from voicebot.providers.ports import NewMessage
from voicebot.runtime import Runtime
from voicebot.services.hand_over import Claimed, Outbox, Refused, Try, hand_over_due
from voicebot.services.operators.notice import operator_notice
from voicebot.services.verification import verify_phone
from voicebot.services.verification.verify_phone import CodeOver
from voicebot.storage.texts import outbox
from voicebot.storage.texts.outbox import OutgoingText
from voicebot.transports.twilio.urls import text_status_url

OUTSIDE_WINDOW, NOT_TEXTABLE, NO_SENDER, NIGHT = "63016", "not_textable", "no_sender", "night"


def send_due_texts(runtime: Runtime, *, clock: Callable[[], float] = time.monotonic) -> int:
    """Claim texts that are due and hand each over; return 0 when there were none. Raises DatabaseAway."""
    return hand_over_due(_outbox(runtime, clock))


def _outbox(runtime: Runtime, clock: Callable[[], float]) -> Outbox[OutgoingText]:
    limits = runtime.limits.text

    def claim(token: UUID) -> Claimed[OutgoingText]:
        claimed = outbox.claim_outgoing(
            runtime.database, token=token, lease_s=limits.lease_s, batch=limits.batch, caps=_caps(runtime)
        )
        return Claimed(claimed.texts, 0.0 if claimed.more else None)

    def finish(text: OutgoingText, token: UUID, handover: Handover) -> str | None:
        ours = outbox.finish_outgoing(runtime.database, text.id, token=token, handover=handover)
        return handover.outcome.value if ours else None

    return Outbox(
        name="text",
        provider="telephony",
        operation="text",
        lease_s=limits.lease_s,
        longest_try_s=limits.longest_post_s,
        finishing=limits.finish,
        key=lambda text: text.id,
        claim=claim,
        prepare=lambda text: _prepared(runtime, text),
        finish=finish,
        sid_field="message_sid",
        clock=clock,
    )


def _caps(runtime: Runtime) -> dict[str, Any]:
    notice = operator_notice(runtime)
    # While facts wait in the spool, a STOP may be among them: what nobody waits for waits for those.
    hold = runtime.spool.holds_back(runtime.now())
    return {**outbox.CAPS, "hold": hold, **({"operator_notice": notice} if notice else {})}


def _prepared(runtime: Runtime, text: OutgoingText) -> Try:
    carrier = runtime.carriers.of_number(text.our_number)
    message = message_for(runtime, carrier, text)

    def send() -> Handover:
        sent = carrier.messaging.send_message(message)
        return Handover(HandoverOutcome.SENT, sid=sent.sid, status=sent.status, segments=sent.segments)

    return send


def message_for(runtime: Runtime, carrier: Carrier, text: OutgoingText) -> NewMessage:
    """Return the request to the carrier, with placeholders filled. Raises Refused."""
    settings = runtime.settings
    if text.kind is not TextKind.OPERATOR_NOTICE and not is_textable(
        text.channel, text.to_number, settings.allowed_countries
    ):
        raise Refused(NOT_TEXTABLE)
    if text.kind is TextKind.REMINDER and not is_daytime(
        runtime.now(), bare_number(text.to_number), timezone=text.timezone
    ):
        # It was day when it was queued: an outage lies between.
        raise Refused(NIGHT)
    try:
        body = verify_phone.fill(runtime, text)
    except CodeOver as over:
        raise Refused(over.code) from over
    template = text.content_sid or ""
    if text.channel == WHATSAPP and not template and not text.window_open:
        template = carrier.whatsapp_template_sid
        if not template:
            raise Refused(OUTSIDE_WINDOW)
    service, sender = _sender(carrier, text)
    return NewMessage(
        to=wire_address(text.channel, text.to_number),
        body=body,
        status_url=text_status_url(settings, text.id),
        from_number=sender,
        messaging_service_sid=service,
        media_urls=[str(each["url"]) for each in text.media],
        content_sid=template,
        content_variables={"1": body} if template else {},
    )


def is_textable(channel: str, address: str, allowed_countries: Collection[str]) -> bool:
    """Whether somebody is of a country and kind that may be texted; ids on WhatsApp name their country."""
    name = bare_number(address)
    if channel == WHATSAPP and (where := country_of_id(name)):
        return is_among(where, allowed_countries)
    return is_dialable(name, allowed_countries)


def _sender(carrier: Carrier, text: OutgoingText) -> tuple[str, str]:
    """Return messaging service and number: people are answered from the number that they wrote to."""
    if text.channel == WHATSAPP:
        sender = text.our_number or carrier.whatsapp_sender
        if not sender:
            raise Refused(NO_SENDER)
        return "", wire_address(WHATSAPP, sender)
    if carrier.messaging_service_sid and text.our_number in ("", carrier.number):
        return carrier.messaging_service_sid, ""
    sender = text.our_number or carrier.number
    if not sender:
        raise Refused(NO_SENDER)
    return "", sender
