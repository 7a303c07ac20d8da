"""A message on its way to a person: queue, carrier, receipt, and the callbacks of each step (handbook 6.2, 6.6)."""

import random
import time

from simulator.carrier.books.message_errors import final_status
from simulator.carrier.books.message_form import delivery_form
from simulator.carrier.books.messages import MessageRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.pace import Pace
from simulator.carrier.texts.inbound import Written, text_in
from simulator.carrier.wire.webhooks import WebhookRequest

STEP_APART_S = 0.005
"""Even compressed, one status comes after the other."""


class QueueFull(Exception):
    """The sender's queue holds as much as it may (handbook 6.3, 6.6)."""


def send_off(exchange: Exchange, record: MessageRecord, error_code: int | None = None) -> MessageRecord:
    """Enter a message and take it on its way; `error_code` is what it will fail with. Raises QueueFull."""
    wait_s = 0.0
    try:
        wait_s = _queued_for(exchange, record)
    except QueueFull:
        if record.service_sid is None:
            raise
        # A service accepts it and finds out later (30001).
        error_code = 30001
    exchange.messages.add(record)
    exchange.texting.start(lambda: _carry(exchange, record, error_code, wait_s), "message")
    return record


def cancel(exchange: Exchange, record: MessageRecord) -> bool:
    """Call a scheduled message back; False when it is too late."""
    if record.status != "scheduled":
        return False
    return _step(exchange, record, "canceled")


def _carry(exchange: Exchange, record: MessageRecord, error_code: int | None, wait_s: float) -> None:
    """The sequences of vectors `messaging_status_sequences`; no callback is sent for the initial state."""
    if record.status == "scheduled" and not _due(record):
        return
    if record.status in ("accepted", "scheduled"):
        _step(exchange, record, "queued")
    time.sleep(wait_s)
    drawn = random.Random(f"{exchange.config.seed}:message:{record.index}")
    if error_code is not None and final_status(error_code) == "failed":
        _pause(exchange, drawn.lognormvariate(-1.0, 0.5))
        _step(exchange, record, "failed", error_code)
        return
    if exchange.messages.move(record, "sending") and exchange.knobs.current.sending_callback:
        _announce(exchange, record, "sending")
    _pause(exchange, drawn.lognormvariate(-1.0, 0.5))
    _step(exchange, record, "sent")
    if error_code is not None:
        _pause(exchange, drawn.lognormvariate(1.0, 0.8))
        _step(exchange, record, "undelivered", error_code)
        return
    _arrive(exchange, record, drawn)


def _arrive(exchange: Exchange, record: MessageRecord, drawn: random.Random) -> None:
    _hand_over(exchange, record)
    if not exchange.knobs.current.delivery_receipts:
        return
    _pause(exchange, drawn.lognormvariate(0.7, 0.8))
    _step(exchange, record, "delivered")
    if record.channel == "whatsapp" and exchange.knobs.current.whatsapp_read:
        _pause(exchange, drawn.lognormvariate(1.5, 1.0))
        _step(exchange, record, "read")


def _hand_over(exchange: Exchange, record: MessageRecord) -> None:
    """A text to one of the account's own numbers comes in there, so that two programs can text each other."""
    own = exchange.numbers.by_number(record.to_number)
    if own is not None:
        text_in(exchange, own, Written(record.from_number, record.body))


def _due(record: MessageRecord) -> bool:
    """Wait for the moment that the message is scheduled for; False when it was canceled meanwhile."""
    while record.status == "scheduled" and record.send_at is not None:
        left_s = record.send_at.timestamp() - time.time()
        if left_s <= 0:
            break
        time.sleep(min(left_s, 0.25))
    return record.status == "scheduled"


def _queued_for(exchange: Exchange, record: MessageRecord) -> float:
    """How long the sender's queue holds it, at the rate of handbook 6.6. Raises QueueFull."""
    knobs = exchange.knobs.current
    if not knobs.segments_per_second:
        return 0.0
    with exchange.lock:
        now = time.monotonic()
        slot = max(now, exchange.next_text_slot.get(record.from_number, now))
        if slot - now > knobs.message_queue_s:
            raise QueueFull
        exchange.next_text_slot[record.from_number] = slot + record.segments / knobs.segments_per_second
    return slot - now


def _step(exchange: Exchange, record: MessageRecord, status: str, error_code: int | None = None) -> bool:
    if not exchange.messages.move(record, status, error_code):
        return False
    _announce(exchange, record, status, error_code)
    return True


def _announce(exchange: Exchange, record: MessageRecord, status: str, error_code: int | None = None) -> None:
    # The message's own callback overrides the service's (handbook 6.2).
    url = record.callback_url
    if not url and record.service_sid:
        url = exchange.knobs.current.service_status_callback
    if url:
        form = delivery_form(record, status, error_code)
        request = WebhookRequest("delivery", url, form, call_sid=record.sid)
        exchange.callbacks.send(record, request, f"delivery:{status}")


def _pause(exchange: Exchange, seconds: float) -> None:
    time.sleep(max(STEP_APART_S, Pace(exchange.config.speed).wall_s(seconds)))
