"""Messages as phones see them, and as the carrier's own books tell them to whoever judges the product."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from simulator.carrier.books.messages import BY_PRODUCT, MessageRecord
from simulator.carrier.wire.formats import rfc2822

ARRIVED = frozenset({"sent", "delivered", "read"})
"""From `sent` on the text is on the person's phone; a receipt may come or not (handbook 6.2)."""


def text_view(record: MessageRecord) -> dict[str, Any]:
    """One line of a thread; `n` counts within the thread, `with` is the person's address."""
    return {
        "n": record.thread_index,
        "sid": record.sid,
        "with": record.person,
        "direction": "inbound" if record.inbound else "outbound",
        "author": record.author,
        "channel": record.channel,
        "from": record.from_number,
        "to": record.to_number,
        "body": record.body,
        "media": [
            {"content_type": item.content_type, "url": item.url, "sid": item.sid} for item in record.media
        ],
        "status": record.status,
        "error_code": record.error_code,
        "segments": record.segments,
        "at": record.date_created.timestamp(),
    }


def has_arrived(record: MessageRecord) -> bool:
    """Whether a text from the account is on the person's phone."""
    return not record.inbound and record.status in ARRIVED


def told_message(record: MessageRecord) -> dict[str, Any]:
    """Everything about one message: no lag, no deletion hides it."""
    return text_view(record) | {
        "callback": record.callback_url,
        "messaging_service_sid": record.service_sid,
        "statuses": [status for _, status in record.past],
        "listed": record.listed,
        "created": rfc2822(record.date_created),
    }


def message_counts(records: Iterable[MessageRecord]) -> list[dict[str, Any]]:
    """How often the product had the same words sent to the same address."""
    counted = Counter((each.to_number, each.body) for each in records if each.author == BY_PRODUCT)
    return [{"to": to, "body": body, "count": count} for (to, body), count in counted.items()]
