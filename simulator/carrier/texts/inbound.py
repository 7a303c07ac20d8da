"""A text from a person to one of the account's numbers: opt-out words, webhook, answer (handbook 6.1, 6.4)."""

import re
import threading
from dataclasses import dataclass

from simulator.carrier.books.message_form import inbound_form
from simulator.carrier.books.messages import BY_CARRIER, BY_PERSON, MediaItem, MessageRecord
from simulator.carrier.books.numbers import OwnNumber
from simulator.carrier.books.opt_outs import REPLIES, keyword
from simulator.carrier.exchange import Exchange
from simulator.carrier.twiml.reader import TWIML_TYPES, NotTwiml, parse
from simulator.carrier.twiml.steps import VerbFailed
from simulator.carrier.wire.formats import new_sid
from simulator.carrier.wire.webhooks import WebhookFailed, WebhookRequest, new_session

LIKE_A_CODE = re.compile(
    r"\s*\d{4,8}\s*|\s*\d{3}[ -]\d{3}\s*|.*\b(?:code|otp|pin|passcode)\b.*\b\d{4,8}\b.*", re.I | re.S
)
"""What this simulator takes for a one-time code; how Twilio tells is not known (30038, handbook 6.3)."""

REDACTED = "***"


@dataclass(frozen=True)
class Written:
    """What a person sends."""

    from_number: str
    body: str
    media: tuple[MediaItem, ...] = ()
    sid: str = ""
    profile_name: str = ""


def text_in(exchange: Exchange, to: OwnNumber, written: Written) -> MessageRecord:
    """Take a text; the webhook follows on a thread of its own. A sid that is known already is delivered again."""
    new = _record(exchange, to, written)
    record = exchange.messages.add(new)
    is_new = record is new
    word = keyword(record.body, to.phone_number) if record.channel == "sms" else None
    if word is not None and is_new:
        _take_keyword(exchange, record, to, word)
    filtered = _filtered(exchange, record) if is_new else record.error_code == 30038
    knobs = exchange.knobs.current
    if filtered and knobs.code_filter == "drop":
        return record
    if exchange.knobs.take_inbound_drop():
        exchange.feed.publish("dropped", record.sid, {"kind": "sms"})
        return record
    form = inbound_form(
        record,
        exchange.config.base_url,
        body=REDACTED if filtered else record.body,
        opt_out_type=word or "" if knobs.advanced_opt_out else "",
    )
    if to.takes_texts:
        again = knobs.redeliver_inbound
        exchange.texting.start(lambda: _deliver(exchange, record, to, form, again), "text")
    return record


def _record(exchange: Exchange, to: OwnNumber, written: Written) -> MessageRecord:
    is_whatsapp = written.from_number.startswith("whatsapp:")
    service = exchange.service_sid if exchange.knobs.current.numbers_in_service else None
    return MessageRecord(
        to.account_sid,
        written.from_number,
        f"whatsapp:{to.phone_number}" if is_whatsapp else to.phone_number,
        written.body,
        "inbound",
        "received",
        sid=written.sid or new_sid("MM" if written.media else "SM"),
        author=BY_PERSON,
        service_sid=service,
        media=written.media,
        profile_name=written.profile_name,
    )


def _take_keyword(exchange: Exchange, record: MessageRecord, to: OwnNumber, word: str) -> None:
    """The carrier blocks or unblocks and answers itself; the message goes on to the webhook all the same."""
    knobs = exchange.knobs.current
    pool = exchange.numbers.all() if knobs.numbers_in_service else [to]
    changed = exchange.opt_outs.take(word, record.person, [number.phone_number for number in pool])
    # Nobody is told twice that they are out, or told to be back who never was.
    if knobs.keyword_replies == "off" or not (changed or word == "HELP"):
        return
    exchange.messages.add(
        MessageRecord(
            to.account_sid,
            to.phone_number,
            record.person,
            REPLIES[word],
            "outbound-reply",
            "delivered",
            author=BY_CARRIER,
            listed=knobs.keyword_replies == "listed",
        )
    )


def _filtered(exchange: Exchange, record: MessageRecord) -> bool:
    if exchange.knobs.current.code_filter == "off" or not LIKE_A_CODE.fullmatch(record.body):
        return False
    exchange.messages.fail_inbound(record, 30038)
    exchange.ledger.alert(30038, "An inbound message looked like a one-time code", call_sid=record.sid)
    return True


def _deliver(
    exchange: Exchange, record: MessageRecord, to: OwnNumber, form: dict[str, str], again: int
) -> None:
    """Once, and as often again as the knob `redeliver_inbound` says: the first repetition at the same moment."""
    beside = None
    if again:
        beside = threading.Thread(target=_ask, args=(exchange, record, to, form), daemon=True)
        beside.start()
    _ask(exchange, record, to, form)
    if beside is not None:
        beside.join()
    for _ in range(again - 1):
        _ask(exchange, record, to, form)


def _ask(exchange: Exchange, record: MessageRecord, to: OwnNumber, form: dict[str, str]) -> None:
    """Return the SMS URL, or its fallback when that fails; without one nothing is sent (handbook 1.2)."""
    try:
        _fetch(exchange, WebhookRequest("sms", to.sms_url, form, to.sms_method, record.sid))
    except (WebhookFailed, VerbFailed) as failure:
        url = failure.url or to.sms_url
        exchange.ledger.alert(failure.code, failure.text, call_sid=record.sid, url=url)
        if not to.sms_fallback_url:
            return
        extra = {}
        if exchange.knobs.current.fallback_error_fields:
            extra = {"ErrorCode": str(failure.code), "ErrorUrl": url}
        request = WebhookRequest(
            "sms fallback", to.sms_fallback_url, form | extra, to.sms_fallback_method, record.sid
        )
        try:
            _fetch(exchange, request)
        except (WebhookFailed, VerbFailed) as worse:
            exchange.ledger.alert(worse.code, worse.text, call_sid=record.sid, url=worse.url)


def _fetch(exchange: Exchange, request: WebhookRequest) -> None:
    with new_session() as session:
        answer = exchange.webhooks.fetch(request, session)
    if not answer.body.strip():
        return
    if answer.content_type not in TWIML_TYPES:
        raise VerbFailed(12300, f"Invalid Content-Type {answer.content_type!r}", answer.url)
    try:
        document = parse(answer.body, answer.url)
    except NotTwiml as error:
        raise VerbFailed(12100, f"Document parse failure: {error}", answer.url) from error
    # Empty TwiML is no reply (handbook 6.1).
    if document.verbs:
        name = document.verbs[0].name
        raise VerbFailed(12400, f"<{name}> for a text is not offered by this simulator", answer.url)
