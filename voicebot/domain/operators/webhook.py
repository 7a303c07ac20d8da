"""Webhooks to systems outside: which events there are, their bodies, and when a try that failed is made again.

Standard Webhooks 1.0.0 (docs/providers/HANDBOOK.md 6.4).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

EVENT_TYPES: Mapping[str, str] = {
    "alert.fired": "What a rule of yours asks for became so.",
    "alert.resolved": "It is so no more.",
    "call.attempted": "A dial of ours is over, and how.",
    "call.judged": "Who answered a dial of ours, or whether it reached its goal, became known after its end.",
    "call.ended": "A call is over.",
    "call.escalated": "A caller needs a person.",
    "conversation.escalated": "Somebody who texts needs a person.",
    "incident.closed": "What was wrong with the dialling is over.",
    "incident.opened": "Something is wrong with the dialling.",
    "message.received": "A text came in.",
    "onboarding.completed": "Somebody was asked everything.",
    "person.suppressed": "Somebody is not to be called or texted.",
    "verification.approved": "A code was entered rightly.",
}
TEST = "webhook.test"
DELAYS_S = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 21_600.0, 36_000.0)
"""Pauses between the eight tries: the first ones of the handbook, the last ones so that all of them fit into a day."""
MOST_TRIES = len(DELAYS_S) + 1
JITTER = 0.1
FIRST_REST_S, LONGEST_REST_S = 5.0, 900.0


def retry_in_s(tries: int, retry_after_s: float | None, scatter: float) -> float | None:
    """Return the pause in seconds after this many tries; None after the last one. `scatter` in 0..1 spreads the pauses.

    A pause that the receiver asked for goes before ours.
    """
    if tries >= MOST_TRIES:
        return None
    return max(DELAYS_S[max(tries, 1) - 1] * (1 - JITTER * scatter), retry_after_s or 0.0)


def rest_s(failures: int, retry_after_s: float | None) -> float:
    """Return for how long an endpoint gets nothing after this many failures in a row."""
    return max(min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** min(failures, 20)), retry_after_s or 0.0)


def webhook_id(delivery_id: object) -> str:
    """Return the name by which a receiver knows a delivery again."""
    return f"msg_{str(delivery_id).replace('-', '')}"


def body_of(event_type: str, happened_at: datetime, data: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed and posted; the same for every try."""
    event = {
        "type": event_type,
        "timestamp": happened_at.isoformat().replace("+00:00", "Z"),
        "data": dict(data),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
