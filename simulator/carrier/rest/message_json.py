"""A message as the REST API shows it: RFC 2822 dates, numbers as strings, a price that comes later (handbook 6.2, 9)."""

import time
from typing import Any

from simulator.carrier.books.message_errors import error_message
from simulator.carrier.books.messages import MediaItem, MessageRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.wire.formats import rfc2822

PRICE_A_SEGMENT = {"inbound": 0.0083, "outbound-api": 0.0083, "outbound-reply": 0.0083}


def shown_message(exchange: Exchange, record: MessageRecord) -> dict[str, Any]:
    """The Message resource; `from` and the parts of a service's message are known once it left `accepted` [K]."""
    knobs, now = exchange.knobs.current, time.time()
    status = record.status_as_of(now - knobs.stale_fetch_s)
    settled = status == record.status
    pending = status in ("accepted", "scheduled")
    uri = f"/2010-04-01/Accounts/{record.account_sid}/Messages/{record.sid}"
    return {
        "sid": record.sid,
        "account_sid": record.account_sid,
        "api_version": "2010-04-01",
        "messaging_service_sid": record.service_sid,
        "from": None if pending else record.from_number,
        "to": record.to_number,
        "body": record.body,
        "direction": record.direction,
        "status": status,
        "num_media": str(len(record.media)),
        "num_segments": "0" if pending else str(record.segments),
        "error_code": record.error_code if settled else None,
        "error_message": error_message(record.error_code) if settled else None,
        "price": _price(record, now - knobs.price_delay_s) if settled else None,
        "price_unit": "USD",
        "date_created": rfc2822(record.date_created),
        "date_sent": rfc2822(record.date_sent),
        "date_updated": rfc2822(record.date_updated),
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def shown_media(record: MessageRecord, item: MediaItem) -> dict[str, Any]:
    """The Media resource."""
    parent = f"/2010-04-01/Accounts/{record.account_sid}/Messages/{record.sid}"
    return {
        "sid": item.sid,
        "account_sid": record.account_sid,
        "parent_sid": record.sid,
        "content_type": item.content_type,
        "date_created": rfc2822(item.date_created),
        "date_updated": rfc2822(item.date_created),
        "uri": f"{parent}/Media/{item.sid}.json",
    }


def _price(record: MessageRecord, as_of_wall: float) -> str | None:
    if record.ended_wall is None or record.ended_wall > as_of_wall:
        return None
    if record.status in ("failed", "canceled"):
        return "0"
    return f"{-PRICE_A_SEGMENT[record.direction] * record.segments:.5f}"
