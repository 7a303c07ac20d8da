"""What an app may send on a media stream (handbook 3.2); anything else is 31950 or 31951 (handbook 3.3)."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

_BODIES = {"media": "payload", "mark": "name", "clear": None}
"""The message types and the one field that each one's body has."""


class BadMessage(Exception):
    """The message is not taken; `code` is the debugger's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(frozen=True)
class Media:
    """Raw mu-law at 8 kHz, of any length, to be played after everything before it."""

    audio: bytes


@dataclass(frozen=True)
class Mark:
    """To be sent back once everything before it has been played."""

    name: str


@dataclass(frozen=True)
class Clear:
    """Empty the buffer."""


Message = Media | Mark | Clear


def read_message(raw: str | bytes, stream_sid: str) -> Message:
    """Read one websocket message. Raises BadMessage."""
    if isinstance(raw, bytes):
        raise BadMessage(31950, "Stream - Protocol - Malformed Message: a binary frame")
    try:
        message = json.loads(raw)
    except ValueError:
        raise _invalid("no JSON") from None
    if not isinstance(message, dict):
        raise _invalid("no object")
    event = message.get("event")
    if event not in _BODIES:
        raise _invalid("unknown event")
    if message.get("streamSid") != stream_sid:
        raise _invalid("another streamSid")
    if unknown := set(message) - {"event", "streamSid", *([event] if _BODIES[event] else [])}:
        raise _invalid(f"an extra field, {sorted(unknown)[0]}")
    return _body(event, message)


def _body(event: str, message: dict[str, Any]) -> Message:
    wanted = _BODIES[event]
    if wanted is None:
        return Clear()
    body = message.get(event)
    value = body.get(wanted) if isinstance(body, dict) else None
    if not isinstance(value, str) or (event == "mark" and not value):
        raise _invalid(f"{event}.{wanted} is missing")
    if event == "mark":
        return Mark(value)
    try:
        return Media(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        raise _invalid("media.payload is no base64") from None


def _invalid(text: str) -> BadMessage:
    return BadMessage(31951, f"Stream - Protocol - Invalid Message: {text}")
