"""WAV files as bytes: what their header says, and how loud they are over time. Pure; numpy does the arithmetic."""

import struct
from dataclasses import dataclass

import numpy as np

from voicebot.transports.audio import ulaw_to_pcm16

PCM, ULAW = 1, 7
MOST_CHUNKS = 32


class WavUnreadable(ValueError):
    """No WAV, or none of those that the telephone knows."""


@dataclass(frozen=True)
class WavHeader:
    """What the header says; the sound begins at byte `data_at`."""

    encoding: int
    channels: int
    rate_hz: int
    sample_bytes: int
    data_at: int

    @property
    def bytes_a_second(self) -> int:
        """How many bytes a second of sound takes."""
        return self.rate_hz * self.channels * self.sample_bytes


def header_of(head: bytes) -> WavHeader:
    """Read a header out of the beginning of a file. Raises WavUnreadable."""
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise WavUnreadable("no RIFF file")
    at, found = 12, None
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(head):
            break
        name, size = head[at : at + 4], struct.unpack_from("<I", head, at + 4)[0]
        if name == b"fmt " and at + 24 <= len(head):
            found = struct.unpack_from("<HHIIHH", head, at + 8)
        elif name == b"data":
            return _checked(found, at + 8)
        at += 8 + size + size % 2
    raise WavUnreadable("no sound in it")


def _checked(found: tuple[int, ...] | None, data_at: int) -> WavHeader:
    if found is None:
        raise WavUnreadable("no format")
    encoding, channels, rate_hz, _, _, bits = found
    is_known = (encoding, bits) in ((PCM, 16), (ULAW, 8))
    if not is_known or channels not in (1, 2) or not 0 < rate_hz <= 48_000:
        raise WavUnreadable("not a telephone's sound")
    return WavHeader(encoding, channels, rate_hz, bits // 8, data_at)


def loudest(head: WavHeader, sound: bytes, steps: int) -> list[list[float]]:
    """Return for each channel the loudest sample of each of `steps` equal parts, 0 to 1 on a scale that shows quiet speech."""
    pcm = ulaw_to_pcm16(sound) if head.encoding == ULAW else sound
    whole = len(pcm) // (2 * head.channels) * 2 * head.channels
    samples = np.frombuffer(pcm[:whole], dtype="<i2").reshape(-1, head.channels)
    if not len(samples):
        return [[0.0] * steps for _ in range(head.channels)]
    edges = np.linspace(0, len(samples), steps + 1).astype(np.int64)[:-1]
    loud = np.maximum.reduceat(np.abs(samples.astype(np.int32)), np.minimum(edges, len(samples) - 1), axis=0)
    return [
        [round(float(one), 3) for one in np.sqrt(loud[:, channel] / 32768.0)]
        for channel in range(head.channels)
    ]
