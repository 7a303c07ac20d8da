"""Hand texts over to the carrier; a text leaves the service from nowhere else.

A row is committed as `sending` before the carrier is asked, and finished by the claim's token afterwards. A text without
an answer from the carrier is `unknown` and is never sent again.
"""

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from voicebot.domain.person.addresses import WHATSAPP, bare_number, country_of_id, wire_address
from voicebot.domain.person.daytime import is_daytime
from voicebot.domain.person.phone import is_dialable
from voicebot.domain.texts.kinds import TextKind
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import NewMessage, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.operators.notice import operator_notice
from voicebot.services.verification import verify_phone
from voicebot.services.verification.verify_phone import CodeOver
from voicebot.storage.database import DatabaseAway
from voicebot.storage.texts import outbox
from voicebot.storage.texts.outbox import Handover, OutgoingText
from voicebot.transports.twilio.urls import text_status_url

OUTSIDE_WINDOW, NOT_TEXTABLE, NO_SENDER, TOO_LATE = "63016", "not_textable", "no_sender", "claim_ran_out"
NIGHT = "night"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refused(Exception):
    """The text must not be sent, for a reason that we know ourselves."""

    code: str


def send_due_texts(runtime: Runtime, *, clock: Callable[[], float] = time.monotonic) -> int:
    """Claim texts that are due and hand each over; return 0 when there were none. Raises DatabaseAway."""
    token, limits = uuid4(), runtime.limits.text
    began = clock()
    claimed = outbox.claim_outgoing(
        runtime.database, token=token, lease_s=limits.lease_s, batch=limits.batch, caps=_caps(runtime)
    )
    for text in claimed.texts:
        if clock() - began > limits.lease_s - limits.longest_post_s:
            # Whoever takes the claim over would not know of it: not even tried.
            _finish(runtime, text, token, Handover("not_sent", error_code=TOO_LATE))
            continue
        _finish(runtime, text, token, _hand_over(runtime, text))
    return len(claimed.texts) or int(claimed.more)


def _caps(runtime: Runtime) -> dict[str, Any]:
    notice = operator_notice(runtime.settings)
    # While facts wait in the spool, a STOP may be among them: what nobody waits for waits for those.
    hold = runtime.spool.holds_back(runtime.now())
    return {**outbox.CAPS, "hold": hold, **({"operator_notice": notice} if notice else {})}


def _hand_over(runtime: Runtime, text: OutgoingText) -> Handover:
    try:
        message = message_for(runtime, text)
    except (Refused, CodeOver) as refusal:
        return Handover("refused", error_code=refusal.code)
    except DatabaseAway:
        # Nobody was asked to send anything: it is as if the claim had not been made.
        return Handover("not_sent", error_code="database_away")
    except Exception:
        # Nor here; without an answer it would count as sent perhaps, and never be tried again.
        log.exception("a text could not be prepared", extra={"key": text.id})
        return Handover("not_sent", error_code="fault")
    try:
        with provider_call("telephony", "text"):
            sent = runtime.messaging.send_message(message)
    except ProviderError as error:
        return Handover(error.outcome.value, error_code=error.code, retry_after_s=error.retry_after_s)
    return Handover("sent", message_sid=sent.sid, status=sent.status, num_segments=sent.segments)


def message_for(runtime: Runtime, text: OutgoingText) -> NewMessage:
    """Return what the carrier is asked for, placeholders filled. Raises Refused."""
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
    body = verify_phone.fill(runtime, text)
    template = text.content_sid or ""
    if text.channel == WHATSAPP and not template and not text.window_open:
        template = settings.twilio_whatsapp_template_sid
        if not template:
            raise Refused(OUTSIDE_WINDOW)
    service, sender = _sender(runtime, text)
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
        return where in allowed_countries
    return is_dialable(name, allowed_countries)


def _sender(runtime: Runtime, text: OutgoingText) -> tuple[str, str]:
    """Return messaging service and number: people are answered from the number that they wrote to."""
    settings = runtime.settings
    if text.channel == WHATSAPP:
        sender = text.our_number or settings.twilio_whatsapp_sender
        if not sender:
            raise Refused(NO_SENDER)
        return "", wire_address(WHATSAPP, sender)
    if settings.twilio_messaging_service_sid and text.our_number in ("", settings.twilio_phone_number):
        return settings.twilio_messaging_service_sid, ""
    sender = text.our_number or settings.twilio_phone_number
    if not sender:
        raise Refused(NO_SENDER)
    return "", sender


def _finish(runtime: Runtime, text: OutgoingText, token: UUID, handover: Handover) -> None:
    ours = _finished(runtime, text, token, handover)
    about = {
        "key": text.id,
        "message_sid": handover.message_sid,
        "outcome": handover.outcome,
        "code": handover.error_code,
    }
    if not ours:
        # We were gone for too long: somebody else has decided about this text.
        log.warning("the claim of a text was lost", extra=about)
    elif handover.outcome == "sent":
        log.info("text handed over", extra=about)
    else:
        log.warning("text not handed over", extra=about)


def _finished(runtime: Runtime, text: OutgoingText, token: UUID, handover: Handover) -> bool:
    """Commit what came of it, also when the database is away for a moment: only we know the carrier's answer."""
    limits = runtime.limits.text.finish
    for _ in range(limits.tries - 1):
        try:
            return outbox.finish_outgoing(runtime.database, text.id, token=token, handover=handover)
        except DatabaseAway:
            time.sleep(limits.pause_s)
    return outbox.finish_outgoing(runtime.database, text.id, token=token, handover=handover)
