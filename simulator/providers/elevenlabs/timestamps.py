"""Audio with the time of each character, as ElevenLabs gives it over HTTP and on sockets (handbook of providers, 1.1, 1.6, 1.9).

All characters are taken to last equally long.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from voicebot.transports.audio import duration_s


@dataclass(frozen=True)
class TimedPiece:
    """A piece of speech with the characters that begin in it, and when, in seconds from the beginning of the speech."""

    audio: bytes
    begins_s: float
    chars: str
    starts_s: tuple[float, ...]
    each_s: float

    def over_http(self) -> dict[str, Any]:
        """Return the times as HTTP has them: seconds, from the beginning of the speech."""
        return {
            "characters": list(self.chars),
            "character_start_times_seconds": [round(start, 3) for start in self.starts_s],
            "character_end_times_seconds": [round(start + self.each_s, 3) for start in self.starts_s],
        }

    def on_a_socket(self, *, since_s: float, durations: str) -> dict[str, Any]:
        """Return the times as sockets have them: milliseconds after `since_s`; `durations` is a name with two spellings."""
        return {
            "chars": list(self.chars),
            "charStartTimesMs": [round((start - since_s) * 1000) for start in self.starts_s],
            durations: [round(self.each_s * 1000)] * len(self.chars),
        }


def timed_pieces(chunks: Sequence[bytes], text: str, audio_format: str) -> list[TimedPiece]:
    """Divide the characters of a text among the pieces of its speech."""
    ends, heard = [], b""
    for chunk in chunks:
        heard += chunk
        ends.append(duration_s(heard, audio_format))
    each = (ends[-1] if ends else 0.0) / max(1, len(text))
    pieces, place, begins = [], 0, 0.0
    for chunk, end in zip(chunks, ends, strict=True):
        upto = len(text) if chunk is chunks[-1] else min(len(text), int(end / each) + 1 if each else 0)
        starts = tuple(each * number for number in range(place, upto))
        pieces.append(TimedPiece(chunk, begins, text[place:upto], starts, each))
        place, begins = max(place, upto), end
    return pieces


def alignment(text: str, length_s: float) -> dict[str, Any]:
    """Return the times of a whole text over HTTP."""
    each = length_s / max(1, len(text))
    starts = tuple(each * number for number in range(len(text)))
    return TimedPiece(b"", 0.0, text, starts, each).over_http()


def timed_lines(chunks: Sequence[bytes], text: str, audio_format: str) -> Iterator[bytes]:
    """Turn speech into lines of JSON, each with the times of its characters."""
    for piece in timed_pieces(chunks, text, audio_format):
        times = piece.over_http() if piece.chars else None
        line = {
            "audio_base64": base64.b64encode(piece.audio).decode(),
            "alignment": times,
            "normalized_alignment": times,
        }
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
