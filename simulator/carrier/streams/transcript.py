"""What went over a websocket, for the phone page and for tests: all messages but sound."""

import json
from typing import Any

from simulator.carrier.live_call import LiveCall, StreamSpell
from simulator.carrier.streams.socket import AppSocket

KEPT = 1000
LONGEST = 2000
"""A message of the app that is no JSON is kept up to so many characters."""


def keep_transcript(call: LiveCall, spell: StreamSpell, socket: AppSocket) -> None:
    """Write down every message of the socket but media, with the call's time."""

    def note(by: str, message: Any) -> None:
        told = message if isinstance(message, dict) else _read(message)
        if isinstance(told, dict) and told.get("event") == "media":
            return
        if len(spell.messages) < KEPT:
            spell.messages.append({"at_s": round(call.pace.now_s(), 3), "by": by, "message": told})

    socket.note = note


def _read(raw: str | bytes) -> Any:
    if isinstance(raw, bytes):
        return f"({len(raw)} bytes)"
    if raw.startswith('{"event":"media"'):
        return {"event": "media"}
    try:
        return json.loads(raw)
    except ValueError:
        return raw[:LONGEST]
