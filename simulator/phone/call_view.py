"""A call as phones see it: its sounds, whose turn it is, and the requests to the service meanwhile."""

from dataclasses import asdict
from typing import Any

from simulator.carrier.live_call import LiveCall


def brief_view(call: LiveCall) -> dict[str, Any]:
    """One line of a list of calls."""
    record = call.record
    return {
        "sid": record.sid,
        "status": record.status,
        "from": record.from_number,
        "to": record.to_number,
        "direction": record.direction,
        "over": call.line.over,
        "waiting": call.waiting(),
        "keys_accepted": call.accepts_keys(),
        "duration_s": record.duration_s,
        "began_at": record.past[0][0],
        "speed": call.pace.speed,
        "on_stream": call.on_a_stream,
    }


def whole_view(call: LiveCall) -> dict[str, Any]:
    """Everything about one call."""
    ledger, sid = call.exchange.ledger, call.record.sid
    legs = [record for record in call.exchange.book.newest_first() if record.parent_call_sid == sid]
    return brief_view(call) | {
        "answered_at_s": call.answered_at_s,
        "heard": [item.shown() for item in call.hearing.items()],
        "webhooks": [asdict(entry) for entry in ledger.webhooks(sid)],
        "alerts": [asdict(alert) for alert in ledger.alerts(sid)],
        "dialled": [{"sid": leg.sid, "to": leg.to_number, "status": leg.status} for leg in reversed(legs)],
        "ear": call.ear.report(),
        "streams": [asdict(spell) for spell in call.streams],
        "recorded": _recorded(call),
    }


def _recorded(call: LiveCall) -> list[str]:
    """What a mailbox recorded: all that began after its beep."""
    items = call.hearing.items()
    beep = next((item.n for item in items if item.kind == "beep"), None)
    return [item.text or "" for item in items if beep and item.n > beep and item.kind in ("say", "play")]
