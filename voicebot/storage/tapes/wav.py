"""The header of a WAV file of mu-law, 8 kHz, two channels (RIFF, format tag 7)."""

import struct

HZ, CHANNELS, MULAW = 8000, 2, 7
BYTES_A_S = HZ * CHANNELS
_LAYOUT = struct.Struct("<4sI4s4sIHHIIHHH4sII4sI")
HEADER_BYTES = _LAYOUT.size


def header(sound_bytes: int) -> bytes:
    """Return the header of a file with so many bytes of sound."""
    whole = sound_bytes + sound_bytes % 2
    return _LAYOUT.pack(
        b"RIFF",
        HEADER_BYTES - 8 + whole,
        b"WAVE",
        b"fmt ",
        18,
        MULAW,
        CHANNELS,
        HZ,
        BYTES_A_S,
        CHANNELS,
        8,
        0,
        # Formats other than PCM carry the number of samples.
        b"fact",
        4,
        sound_bytes // CHANNELS,
        b"data",
        sound_bytes,
    )
