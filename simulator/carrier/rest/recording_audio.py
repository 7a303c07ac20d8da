"""The sound of a recording, made when somebody fetches it: what was heard, at its place, on its channel."""

import array
import io
import wave

from simulator.carrier.books.recordings import Recording
from simulator.carrier.exchange import Exchange

RATE = 8000
CALLER, BOT = 0, 1


def recorded_wav(exchange: Exchange, recording: Recording) -> bytes:
    """16-bit WAV at 8 kHz, as long as the recording; without a voice it is silent."""
    length = max(0, recording.duration_s) * RATE
    tracks = [array.array("h", bytes(2 * length)) for _ in (CALLER, BOT)]
    call = exchange.live.get(recording.call_sid)
    for item in call.hearing.items() if call is not None else ():
        start = round((item.at_s - recording.began_s) * RATE)
        if (
            item.text
            and item.kind in ("say", "play", "caller")
            and 0 <= start < length
            and exchange.synthesize
        ):
            samples = _decoded(exchange.synthesize(item.text, item.voice, "ulaw_8000"))
            spoken = samples[: min(length - start, round(item.duration_s * RATE))]
            tracks[CALLER if item.kind == "caller" else BOT][start : start + len(spoken)] = spoken
    return _wav(tracks, recording.channels)


def _wav(tracks: "list[array.array[int]]", channels: int) -> bytes:
    mixed = array.array("h")
    for caller, bot in zip(*tracks, strict=True):
        mixed.extend((caller, bot) if channels == 2 else (max(-32768, min(32767, caller + bot)),))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(mixed.tobytes())
    return out.getvalue()


def _decoded(ulaw: bytes) -> "array.array[int]":
    return array.array("h", (_LINEAR[byte] for byte in ulaw))


def _linear(byte: int) -> int:
    """One mu-law byte as a 16-bit sample (ITU-T G.711)."""
    inverted = ~byte & 0xFF
    magnitude = (((inverted & 0x0F) << 3) + 0x84 << ((inverted & 0x70) >> 4)) - 0x84
    return -magnitude if inverted & 0x80 else magnitude


_LINEAR = tuple(_linear(byte) for byte in range(256))
