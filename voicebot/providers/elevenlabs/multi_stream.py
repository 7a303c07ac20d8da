"""The messages of ElevenLabs' `multi-stream-input` websocket (handbook 1.6, 1.7): several texts on one socket, each a context. Pure."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from voicebot.providers.elevenlabs.account import PROVIDER, json_of, refusal
from voicebot.providers.elevenlabs.alignment import Timed, read_alignment
from voicebot.providers.elevenlabs.messages import VOICE_SETTINGS, sound_of
from voicebot.providers.http.errors import DROPPED, clean_code, unreadable
from voicebot.providers.ports import Outcome, ProviderError

INACTIVITY_S = 180
"""The longest that the server lets a socket be idle: the most that it can be asked for."""
POLICY = 1008
_CLOSED = "closed_"
_NOT_SENT = frozenset(
    {"concurrent_limit_exceeded", "too_many_concurrent_requests", "rate_limit_exceeded", "system_busy"}
)
_ACCOUNT = frozenset({
    "invalid_api_key", "missing_api_key", "quota_exceeded", "insufficient_credits", "payment_required",
    "detected_unusual_activity", "insufficient_permissions", "feature_not_available", "subscription_required",
    "voice_access_denied", "model_access_denied",
})  # fmt: skip
_OF_ONE_SOCKET = frozenset({"max_active_conversations", "input_timeout_exceeded", "timeout_exceeded"})
"""What ends a socket and says nothing of the next."""
_OURS = frozenset({"invalid_input_message", "voice_not_found", "invalid_output_format", "unsupported_model"})
_TELLING = (
    ("quota", "quota_exceeded"), ("api_key", "invalid_api_key"), ("api key", "invalid_api_key"),
    ("within the timeout", "input_timeout_exceeded"), ("simultaneous contexts", "max_active_conversations"),
    ("unusual activity", "detected_unusual_activity"),
)  # fmt: skip
"""What stands in the reason of a close that no error frame explained."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of a context's speech; `written` and `spoken` are the times of its text as sent and as spoken."""

    context: str
    audio: bytes
    written: list[Timed]
    spoken: list[Timed]


@dataclass(frozen=True, slots=True)
class Flushed:
    """All that was sent to a context so far has been spoken. Not every server says so."""

    context: str


@dataclass(frozen=True, slots=True)
class ContextEnded:
    """Nothing more comes of a context: it was closed, or it was idle for too long."""

    context: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The server gives up the socket with all its contexts."""

    error: ProviderError


FromServer = Sound | Flushed | ContextEnded | Failed


def path(voice_id: str, *, model: str, audio_format: str, language: str | None) -> str:
    """Return path and query of the socket."""
    query = {
        "model_id": model,
        "output_format": audio_format,
        "auto_mode": "true",
        "sync_alignment": "true",
        "inactivity_timeout": str(INACTIVITY_S),
    }
    if language:
        query["language_code"] = language
    return f"/v1/text-to-speech/{voice_id}/multi-stream-input?{urlencode(query)}"


def opened(context: str) -> str:
    """Begin a context; the only place for the settings of the voice."""
    return _json({"text": " ", "context_id": context, "voice_settings": VOICE_SETTINGS})


def said(context: str, sentence: str) -> str:
    """Have a sentence spoken now."""
    return _json({"text": f"{sentence.strip()} ", "context_id": context, "flush": True})


def kept(context: str) -> str:
    """Keep an idle context."""
    return _json({"text": "", "context_id": context})


def closed(context: str) -> str:
    """End a context; what was sent to it is still made."""
    return _json({"context_id": context, "close_context": True})


def all_closed() -> str:
    """End the socket."""
    return _json({"close_socket": True})


def read(message: str | bytes) -> FromServer | None:
    """Return the meaning of a server's message; None for an unused one. Raises ProviderError when it is no message."""
    try:
        given = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise unreadable(PROVIDER) from error
    if not isinstance(given, dict):
        raise unreadable(PROVIDER)
    if isinstance(name := given.get("error"), str):
        return Failed(named_error(name))
    context = given.get("contextId", given.get("context_id"))
    context = context if isinstance(context, str) else ""
    if given.get("audio"):
        spoken = given.get("normalizedAlignment", given.get("normalized_alignment"))
        written = given.get("alignment")
        return Sound(context, sound_of(given["audio"]), read_alignment(written), read_alignment(spoken))
    if given.get("isFinal") is True or given.get("is_final") is True:
        return ContextEnded(context)
    return Flushed(context) if given.get("type") == "flush_done" else None


def named_error(name: str) -> ProviderError:
    """Return the error for what an error frame, or the reason of a close, calls it."""
    code = clean_code(name) or "error"
    if code in _NOT_SENT:
        return ProviderError(PROVIDER, code, Outcome.NOT_SENT)
    if code in _ACCOUNT:
        return ProviderError(PROVIDER, code, Outcome.REFUSED, unwell=True)
    if code in _OURS:
        return ProviderError(PROVIDER, code, Outcome.REFUSED)
    return ProviderError(PROVIDER, code, Outcome.UNKNOWN, unwell=code not in _OF_ONE_SOCKET)


def close_error(code: int, reason: str) -> ProviderError:
    """Return the error for a socket that was closed while something was owed."""
    if code == 1006:
        return unreadable(PROVIDER, DROPPED)
    folded = reason.lower()
    for word, name in _TELLING:
        if word in folded:
            return named_error(name)
    return named_error(reason if clean_code(reason) else f"{_CLOSED}{code}")


def is_plain_goodbye(error: ProviderError) -> bool:
    """Whether a socket was closed without a word of us: the server restarts, moves or stumbled, and another socket may do."""
    return error.code.startswith(_CLOSED) and error.code != f"{_CLOSED}{POLICY}"


def refused_upgrade(status: int, body: bytes) -> tuple[ProviderError, object]:
    """Return the error for an answer that is no websocket, and its JSON."""
    said_of_it = json_of(body)
    return refusal(status, said_of_it, {}), said_of_it


def _json(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
