"""The TwiML that answers a text: each Message in it is sent; empty TwiML is no reply (handbook 6.1)."""

from simulator.carrier.books.messages import MediaItem, MessageRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.rest.errors import RestError
from simulator.carrier.texts.checks import Ends, check_recipient
from simulator.carrier.texts.delivery import QueueFull, send_off
from simulator.carrier.twiml.reader import NotTwiml, Verb, parse
from simulator.carrier.twiml.steps import VerbFailed
from simulator.carrier.wire.webhooks import Answer

TWIML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})


def answer_with(exchange: Exchange, received: MessageRecord, answer: Answer) -> None:
    """Send what the webhook's answer says. Raises VerbFailed when it cannot be understood."""
    if not answer.body.strip():
        return
    if answer.content_type not in TWIML_TYPES:
        raise VerbFailed(12300, f"Invalid Content-Type {answer.content_type!r}", answer.url)
    try:
        document = parse(answer.body, answer.url)
    except NotTwiml as error:
        raise VerbFailed(12100, f"Document parse failure: {error}", answer.url) from error
    for verb in document.verbs:
        if verb.name == "Message":
            _send(exchange, received, verb, answer.url)
        elif verb.name == "Redirect":
            raise VerbFailed(12400, "<Redirect> of a text is not offered by this simulator", answer.url)
        else:
            # Unknown elements earn a warning, as in calls (handbook 2.1).
            text = f"Element '{verb.name}' is not allowed in 'Response'"
            exchange.ledger.alert(12200, text, call_sid=received.sid, url=answer.url, level="warning")


def _send(exchange: Exchange, received: MessageRecord, verb: Verb, url: str) -> None:
    bodies = [child.raw for child in verb.children if child.name == "Body"]
    media = tuple(MediaItem("", url=child.text) for child in verb.children if child.name == "Media")
    record = MessageRecord(
        received.account_sid,
        verb.attributes.get("from", received.our_number),
        verb.attributes.get("to", received.person),
        "\n".join(bodies) if verb.children else verb.raw,
        "outbound-reply",
        "queued",
        service_sid=received.service_sid,
        media=media,
        callback_url=verb.attributes.get("statusCallback", ""),
    )
    if not record.body and not media:
        text = "Message body is required"
        exchange.ledger.alert(14103, text, call_sid=received.sid, url=url, level="warning")
        return
    ends = Ends(record.from_number, record.to_number, record.service_sid)
    try:
        error_code = check_recipient(exchange, ends, is_template=False, by_twiml=True)
        send_off(exchange, record, error_code)
    except RestError as refused:
        exchange.ledger.alert(refused.code, refused.message, call_sid=received.sid, url=url)
    except QueueFull:
        exchange.ledger.alert(21611, "Queue overflow", call_sid=received.sid, url=url)
