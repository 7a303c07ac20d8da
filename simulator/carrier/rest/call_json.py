"""A call as the REST API shows it: RFC 2822 dates, numbers as strings, a price that comes later (handbook 1.8, 9)."""

import time
from typing import Any

from simulator.carrier.books.calls import CallRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.wire.formats import billed_minutes, national, rfc2822

PRICE_A_MINUTE = {"inbound": 0.0085, "outbound-api": 0.014, "outbound-dial": 0.014}

SUBRESOURCES = ("recordings", "notifications", "events", "transcriptions", "streams", "payments", "siprec")


def shown_call(exchange: Exchange, record: CallRecord) -> dict[str, Any]:
    """The Call resource. What is null is null in Twilio's too: duration and price before the end, times before they are."""
    knobs, now = exchange.knobs.current, time.time()
    status = record.status_as_of(now - knobs.stale_fetch_s)
    ended = record.ended_wall is not None and status == record.status
    uri = f"/2010-04-01/Accounts/{record.account_sid}/Calls/{record.sid}"
    return {
        "sid": record.sid,
        "account_sid": record.account_sid,
        "parent_call_sid": record.parent_call_sid,
        "phone_number_sid": record.number_sid,
        "from": record.from_number,
        "from_formatted": national(record.from_number),
        "to": record.to_number,
        "to_formatted": national(record.to_number),
        "status": "queued" if status == "initiated" else status,
        "direction": record.direction,
        "start_time": rfc2822(record.start_time),
        "end_time": rfc2822(record.end_time) if ended else None,
        "duration": str(record.duration_s) if ended else None,
        "price": _price(record, now - knobs.price_delay_s) if ended else None,
        "price_unit": "USD",
        "answered_by": record.answered_by,
        "forwarded_from": record.forwarded_from,
        "caller_name": None,
        "group_sid": None,
        "trunk_sid": "",
        "queue_time": str(record.queue_time_ms),
        "annotation": None,
        "api_version": "2010-04-01",
        "date_created": rfc2822(record.date_created),
        "date_updated": rfc2822(record.date_updated),
        "uri": f"{uri}.json",
        "subresource_uris": {name: f"{uri}/{name.capitalize()}.json" for name in SUBRESOURCES},
    }


def _price(record: CallRecord, as_of_wall: float) -> str | None:
    if record.ended_wall is None or record.ended_wall > as_of_wall:
        return None
    minutes = billed_minutes(record.duration_s or 0)
    return f"{-PRICE_A_MINUTE[record.direction] * minutes:.5f}" if minutes else "0"
