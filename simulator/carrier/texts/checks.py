"""The rules for a request to create a message, and the error of each (handbook 6.2-6.4)."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from werkzeug.datastructures import MultiDict

from simulator.carrier.books.call_form import country
from simulator.carrier.books.message_errors import WORDS, refuses_create
from simulator.carrier.books.opt_outs import is_toll_free
from simulator.carrier.exchange import Exchange
from simulator.carrier.wire.formats import is_callback_url, is_number, is_url
from simulator.carrier.wire.rest_errors import RestError, not_found

Form = MultiDict[str, str]

MAX_BODY = 1600
MAX_MEDIA = 10
MAX_REPLIES, REPLIES_WITHIN_S = 15, 30.0
SOONEST, LATEST = timedelta(minutes=15), timedelta(days=35)
"""When a message may be scheduled for (handbook 6.2 [K])."""

WHATSAPP = "whatsapp:"


@dataclass(frozen=True)
class Ends:
    """Who texts whom, and by which Messaging Service."""

    from_number: str
    to_number: str
    service_sid: str | None = None


def ends_of(exchange: Exchange, form: Form) -> Ends:
    """Check To, From and the service. Raises RestError."""
    to, from_, service = form.get("To", ""), form.get("From", ""), form.get("MessagingServiceSid", "")
    if not to:
        raise RestError(400, 21604, "A 'To' phone number is required.")
    if not is_address(to):
        raise RestError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if service:
        _check_service(exchange, service)
        from_ = from_ or _from_pool(exchange, to)
    bare = from_.removeprefix(WHATSAPP)
    if not re.fullmatch(r"\+[1-9]\d{6,14}", bare):
        raise RestError(400, 21212, f"The 'From' number {from_} is not a valid phone number.")
    if exchange.numbers.by_number(bare) is None:
        raise RestError(400, 21606, f"The 'From' phone number provided ({from_}) is not message-capable.")
    if from_.startswith(WHATSAPP) != to.startswith(WHATSAPP):
        raise RestError(400, 21612, f"No message can be sent from {from_} to {to}.")
    return Ends(from_, to, service or None)


def check_content(form: Form) -> None:
    """There is something to send, and not too much of it. Raises RestError."""
    media = form.getlist("MediaUrl")
    if not form.get("Body") and not media and not form.get("ContentSid"):
        raise RestError(400, 21602, "Message body is required.")
    if len(form.get("Body", "")) > MAX_BODY:
        raise RestError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    if len(media) > MAX_MEDIA:
        raise RestError(400, 21623, "Number of media files exceeds allowed limit.")
    if any(not is_url(url) for url in media):
        raise RestError(400, 21620, "Invalid media URL(s).")
    callback = form.get("StatusCallback", "")
    if callback and not is_callback_url(callback):
        raise RestError(400, 21205, f"StatusCallback is not a valid URL: {callback}")
    validity = form.get("ValidityPeriod", "1")
    if not validity.isdecimal() or not 1 <= int(validity) <= 36_000:
        raise RestError(400, 20001, "ValidityPeriod is between 1 and 36000.")


def send_time(form: Form, now: datetime) -> datetime | None:
    """When to send; None is at once. Only a service schedules (handbook 6.2). Raises RestError."""
    given = form.get("SendAt", "")
    if not given:
        return None
    if not form.get("MessagingServiceSid"):
        raise RestError(400, 35118, "MessagingServiceSid is required to schedule a message.")
    try:
        moment = datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError:
        raise RestError(400, 35114, "SendAt is not a time in ISO 8601.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if form.get("ScheduleType") != "fixed" or not now + SOONEST <= moment <= now + LATEST:
        raise RestError(400, 35114, "SendAt goes with ScheduleType=fixed, 15 minutes to 35 days ahead.")
    return moment


def check_recipient(exchange: Exchange, ends: Ends, *, is_template: bool) -> int | None:
    """Whether this person may be texted now: the code that a message will fail with later. Raises RestError."""
    knobs, to = exchange.knobs.current, ends.to_number
    wished = knobs.text_errors.get(to, knobs.text_errors.get("*"))
    if wished is not None and refuses_create(wished):
        raise _refusal(wished, to)
    if knobs.trial and to not in knobs.verified_recipients:
        raise _refusal(21608, to)
    if country(to.removeprefix(WHATSAPP)) in knobs.closed_regions:
        raise _refusal(21408, to)
    if exchange.opt_outs.blocks(to, ends.from_number):
        # Toll-free opt-out is the network's: it shows as 30004, not as a refusal (handbook 6.4).
        if is_toll_free(ends.from_number):
            return 30004
        if knobs.opt_out_error == "create":
            raise _refusal(21610, to)
        return 21610
    if not is_template and outside_window(exchange, ends):
        if knobs.whatsapp_window == "create":
            raise _refusal(63016, to)
        return 63016
    if knobs.loop_guard == "all" and _replies(exchange, ends) >= MAX_REPLIES:
        raise _refusal(14107, to)
    return wished


def outside_window(exchange: Exchange, ends: Ends) -> bool:
    """Whether WhatsApp takes nothing but templates now: 24 h after the person's last message (handbook 6.3)."""
    knobs = exchange.knobs.current
    if not ends.to_number.startswith(WHATSAPP) or knobs.whatsapp_window == "open":
        return False
    newest = exchange.messages.newest_inbound(ends.to_number)
    return newest is None or time.time() - newest.date_created.timestamp() > knobs.whatsapp_window_s


def is_address(text: str) -> bool:
    """A number, or an address of WhatsApp, which need not be a number (handbook 6.1)."""
    if text.startswith(WHATSAPP):
        return re.fullmatch(r"\+[1-9]\d{6,14}|[A-Z]{2}\.\w{1,128}", text.removeprefix(WHATSAPP)) is not None
    return is_number(text)


def _check_service(exchange: Exchange, service: str) -> None:
    """Without a configured service, any well-formed sid is one of the account's."""
    known = exchange.config.messaging_service_sid
    if service != known if known else not re.fullmatch(r"MG[0-9a-f]{32}", service):
        raise not_found(f"/v1/Services/{service}")


def _from_pool(exchange: Exchange, to: str) -> str:
    number = next(iter(exchange.numbers.all()), None)
    if number is None:
        raise RestError(400, 21703, "The Messaging Service does not have a phone number available.")
    return (WHATSAPP if to.startswith(WHATSAPP) else "") + number.phone_number


def _replies(exchange: Exchange, ends: Ends) -> int:
    since, count = time.time() - REPLIES_WITHIN_S, 0
    for record in reversed(exchange.messages.thread(ends.to_number)):
        if record.date_created.timestamp() < since:
            break
        count += not record.inbound and record.from_number == ends.from_number
    return count


def _refusal(code: int, to: str) -> RestError:
    words = WORDS.get(code, "The message cannot be sent")
    return RestError(429 if code == 20429 else 400, code, f"{words.rstrip('.')}: {to}")
