"""What an app may send on a relay's websocket (handbook 4.2, vectors `validation_rules_to_twilio`); else 64107."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


class InvalidMessage(Exception):
    """The message breaks a rule; the text names it."""


@dataclass(frozen=True)
class Text:
    """A token to be spoken."""

    token: str
    last: bool
    language: str | None
    interruptible: bool | None
    preemptible: bool | None


@dataclass(frozen=True)
class Play:
    """Media to be played after what is queued."""

    source: str
    loop: int
    interruptible: bool | None
    preemptible: bool


@dataclass(frozen=True)
class SendDigits:
    """Keys to be pressed after what is queued."""

    digits: str


@dataclass(frozen=True)
class Language:
    """Languages from now on."""

    tts: str | None
    transcription: str | None


@dataclass(frozen=True)
class End:
    """The session is over."""

    handoff: str | None


Message = Text | Play | SendDigits | Language | End
JSON = dict[str, Any]


def read_message(raw: str | bytes) -> Message:
    """Read one websocket message. Raises InvalidMessage."""
    if isinstance(raw, bytes):
        raise InvalidMessage("a binary frame")
    try:
        message = json.loads(raw)
    except ValueError:
        raise InvalidMessage("no JSON") from None
    if not isinstance(message, dict):
        raise InvalidMessage("no object")
    read = _READERS.get(message.get("type", ""))
    if read is None:
        raise InvalidMessage("unknown type")
    return read(message)


def _text(message: JSON) -> Text:
    token = message.get("token")
    if not isinstance(token, str):
        raise InvalidMessage("token is required")
    return Text(
        token,
        bool(_bool(message, "last")),
        _string(message, "lang"),
        _bool(message, "interruptible"),
        _bool(message, "preemptible"),
    )


def _play(message: JSON) -> Play:
    source, loop = message.get("source"), message.get("loop", 1)
    if not isinstance(source, str) or urlsplit(source).scheme not in ("http", "https"):
        raise InvalidMessage("source is a URL")
    if not isinstance(loop, int) or isinstance(loop, bool) or loop < 0:
        raise InvalidMessage("loop is a number")
    return Play(source, loop or 1000, _bool(message, "interruptible"), bool(_bool(message, "preemptible")))


def _digits(message: JSON) -> SendDigits:
    digits = message.get("digits")
    if not isinstance(digits, str) or not re.fullmatch(r"[0-9w#*]+", digits):
        raise InvalidMessage("digits are 0-9, w, # and *")
    return SendDigits(digits)


def _language(message: JSON) -> Language:
    language = Language(_string(message, "ttsLanguage"), _string(message, "transcriptionLanguage"))
    if language.tts is None and language.transcription is None:
        raise InvalidMessage("ttsLanguage or transcriptionLanguage is required")
    return language


def _end(message: JSON) -> End:
    return End(_string(message, "handoffData"))


def _bool(message: JSON, name: str) -> bool | None:
    value = message.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidMessage(f"{name} is true or false")
    return value


def _string(message: JSON, name: str) -> str | None:
    value = message.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidMessage(f"{name} is a text")
    return value


_READERS: dict[str, Callable[[JSON], Message]] = {
    "text": _text,
    "play": _play,
    "sendDigits": _digits,
    "language": _language,
    "end": _end,
}
