"""How long a piece of audio lasts, read from its own bytes."""

import struct

CHARACTERS_PER_SECOND = 14
"""Speed of ordinary speech, for words that nobody has voiced."""

MEDIA_TYPES = frozenset(
    [
        "audio/mpeg",
        "audio/mp3",
        "audio/wav",
        "audio/wave",
        "audio/x-wav",
        "audio/basic",
        "audio/ulaw",
        "audio/x-mulaw",
    ]
)
"""What Play is served as (handbook 2.2: wav and mp3 by HTTP; raw mu-law is what `audio/basic` means)."""

_MPEG1_KBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_KBITS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


class NotAudio(Exception):
    """The bytes are no audio that a telephone network plays."""


def spoken_s(text: str) -> float:
    """An estimate of how long it takes to say `text`."""
    return max(0.3, len(text.strip()) / CHARACTERS_PER_SECOND) if text.strip() else 0.0


def duration_s(audio: bytes, content_type: str) -> float:
    """Measure WAV, MP3 or raw 8 kHz mu-law. Raises NotAudio."""
    if content_type in ("audio/basic", "audio/ulaw", "audio/x-mulaw") and audio[:4] != b"RIFF":
        return len(audio) / 8000
    if audio[:4] == b"RIFF" and audio[8:12] == b"WAVE":
        return _wav_s(audio)
    return _mp3_s(audio)


def _wav_s(audio: bytes) -> float:
    position, bytes_per_second = 12, 0
    while position + 8 <= len(audio):
        name, size = audio[position : position + 4], struct.unpack_from("<I", audio, position + 4)[0]
        if name == b"fmt " and position + 20 <= len(audio):
            bytes_per_second = struct.unpack_from("<I", audio, position + 16)[0]
        if name == b"data" and bytes_per_second:
            # A streamed WAV carries a size that was unknown when it began: what is there counts.
            return float(min(size, len(audio) - position - 8) / bytes_per_second)
        position += 8 + size + size % 2
    raise NotAudio("WAV without samples")


def _mp3_s(audio: bytes) -> float:
    position, seconds = _after_tag(audio), 0.0
    while position + 4 <= len(audio):
        frame = _mp3_frame(audio[position : position + 4])
        if frame is None:
            position += 1
            continue
        length, lasts_s = frame
        seconds += lasts_s
        position += length
    if seconds == 0:
        raise NotAudio("neither WAV nor MP3")
    return seconds


def _after_tag(audio: bytes) -> int:
    if audio[:3] != b"ID3" or len(audio) < 10:
        return 0
    a, b, c, d = audio[6:10]
    return 10 + (a << 21 | b << 14 | c << 7 | d)


def _mp3_frame(header: bytes) -> tuple[int, float] | None:
    """Length in bytes and seconds of the layer III frame that begins with these four bytes."""
    word = int.from_bytes(header, "big")
    version, layer = word >> 19 & 3, word >> 17 & 3
    rate_index, kbit_index = word >> 10 & 3, word >> 12 & 15
    if word >> 21 != 0x7FF or layer != 1 or version == 1 or rate_index == 3 or kbit_index in (0, 15):
        return None
    kbits = (_MPEG1_KBITS if version == 3 else _MPEG2_KBITS)[kbit_index]
    rate, samples = _RATES[version][rate_index], 1152 if version == 3 else 576
    return samples // 8 * kbits * 1000 // rate + (word >> 9 & 1), samples / rate
