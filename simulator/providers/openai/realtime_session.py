"""A session of OpenAI's Realtime API as it is configured: what an update may hold, and how it is refused (providers' handbook 3.6)."""

import time
from typing import Any

MODELS = ("gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-2", "gpt-realtime-1.5")
VOICES = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse")
_ANY: dict[str, Any] = {}
_TURNS = dict.fromkeys(
    (
        "type",
        "threshold",
        "prefix_padding_ms",
        "silence_duration_ms",
        "idle_timeout_ms",
        "eagerness",
        "create_response",
        "interrupt_response",
    ),
    _ANY,
)
_FIELDS: dict[str, Any] = {
    **dict.fromkeys(
        (
            "type",
            "instructions",
            "output_modalities",
            "tools",
            "tool_choice",
            "max_output_tokens",
            "truncation",
            "parallel_tool_calls",
            "reasoning",
            "tracing",
            "prompt",
            "include",
        ),
        _ANY,
    ),
    "audio": {
        "input": {
            "format": {"type": _ANY},
            "transcription": dict.fromkeys(
                ("model", "language", "languages", "keywords", "prompt", "delay"), _ANY
            ),
            "noise_reduction": _ANY,
            "turn_detection": _TURNS,
        },
        "output": {"format": {"type": _ANY}, "voice": _ANY, "speed": _ANY},
    },
}
"""Every field there is; below `_ANY` nothing is looked at. `rate` belongs to PCM alone."""


class Refused(Exception):
    """What a client asked for is refused as a whole."""

    def __init__(self, code: str | None, message: str, parameter: str | None) -> None:
        super().__init__(message)
        self.code, self.message, self.parameter = code, message, parameter


def new_session(model: str, *, silence_ms: int, lasts_s: float) -> dict[str, Any]:
    """Return the session before any update."""
    pcm = {"type": "audio/pcm", "rate": 24_000}
    turns = {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": silence_ms,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": "sess_standin",
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "prompt": None,
        "expires_at": int(time.time() + lasts_s),
        "audio": {
            "input": {"format": pcm, "transcription": None, "noise_reduction": None, "turn_detection": turns},
            "output": {"format": pcm, "voice": "marin", "speed": 1.0},
        },
        "include": None,
    }


def updated(session: dict[str, Any], wished: Any) -> dict[str, Any]:
    """Return the session with what an update holds. Raises Refused."""
    if not isinstance(wished, dict) or wished.get("type") != "realtime":
        raise Refused(
            "invalid_value", "The type of a session is 'realtime' and never changes.", "session.type"
        )
    _look(wished, _FIELDS, "session")
    voice = ((wished.get("audio") or {}).get("output") or {}).get("voice")
    if isinstance(voice, str) and voice not in VOICES:
        raise Refused("invalid_value", "The voice is not known.", "session.audio.output.voice")
    return _merged(session, wished)


def _look(given: dict[str, Any], known: dict[str, Any], path: str) -> None:
    for name, value in given.items():
        place = f"{path}.{name}"
        is_rate_of_pcm = name == "rate" and given.get("type") == "audio/pcm"
        if name not in known and not is_rate_of_pcm:
            raise Refused("unknown_parameter", f"Unknown parameter: '{place}'.", place)
        if isinstance(value, dict) and known.get(name):
            _look(value, known[name], place)


def _merged(before: dict[str, Any], wished: dict[str, Any]) -> dict[str, Any]:
    merged = dict(before)
    for name, value in wished.items():
        old = before.get(name)
        whole = name in ("format", "turn_detection")
        parted = isinstance(old, dict) and isinstance(value, dict) and not whole
        merged[name] = _merged(old or {}, value) if parted else value
    return merged
