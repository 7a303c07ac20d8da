"""Audio with the time of each character, as ElevenLabs streams it: one JSON object a line."""

import base64
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from voicebot.transports.audio import duration_s


def alignment(text: str, start_s: float, length_s: float) -> dict[str, Any]:
    """When each character is spoken, taking all characters to last equally long."""
    each = length_s / max(1, len(text))
    return {
        "characters": list(text),
        "character_start_times_seconds": [round(start_s + each * n, 3) for n in range(len(text))],
        "character_end_times_seconds": [round(start_s + each * (n + 1), 3) for n in range(len(text))],
    }


def timed_lines(chunks: Iterable[bytes], text: str, audio_format: str) -> Iterator[bytes]:
    """Turn audio into lines of JSON; the whole alignment comes with the last, when the length is known."""
    heard, held = [], b""
    for chunk in chunks:
        heard.append(chunk)
        if held:
            yield _line(held, None)
        held = chunk
    times = alignment(text, 0.0, duration_s(b"".join(heard), audio_format))
    yield _line(held, times)


def _line(chunk: bytes, times: dict[str, Any] | None) -> bytes:
    return orjson.dumps(
        {"audio_base64": base64.b64encode(chunk).decode(), "alignment": times, "normalized_alignment": times}
    ) + (b"\n")
