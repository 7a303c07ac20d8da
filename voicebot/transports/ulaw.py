"""Make mu-law for the telephone from PCM that comes in pieces, cut anywhere. Pure; numpy does the arithmetic."""

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from voicebot.transports.audio import PHONE_HZ, pcm16_to_ulaw

_TAPS_A_STEP = 48
_CUT_HZ = 3700.0


class UlawMaker:
    """Converts one utterance, piece by piece, into mu-law at 8 kHz, without clicks between the pieces."""

    def __init__(self, audio_format: str) -> None:
        """`audio_format` is ElevenLabs' word: `ulaw_8000`, or `pcm_` with a rate that is a multiple of 8000.

        Raises ValueError for others.
        """
        parts = re.fullmatch(r"(ulaw|pcm)_(\d{4,5})", audio_format)
        rate = int(parts[2]) if parts else 0
        if parts is None or rate == 0 or rate % PHONE_HZ or (parts[1] == "ulaw" and rate != PHONE_HZ):
            raise ValueError(f"no mu-law is made from {audio_format!r}")
        self._is_ulaw, self._step = parts[1] == "ulaw", rate // PHONE_HZ
        self._rest = b""
        self._phase = 0
        """So many samples of the next piece come before one that is kept."""
        # The filter looks so far back, and as far ahead: the sound begins on its first sample.
        self._past = np.zeros(0, dtype=np.float32)
        self._skip = _half(self._step)

    def feed(self, audio: bytes) -> bytes:
        """Return the mu-law that a piece completes."""
        if self._is_ulaw:
            return audio
        whole = self._rest + audio
        cut = len(whole) - len(whole) % 2
        self._rest = whole[cut:]
        return self._thinned(whole[:cut])

    def end(self) -> bytes:
        """Return what the filter still holds of the end."""
        if self._is_ulaw or self._step == 1:
            return b""
        return self._thinned(bytes(2 * _half(self._step)))

    def _thinned(self, pcm: bytes) -> bytes:
        if self._step == 1 or not pcm:
            return pcm16_to_ulaw(pcm)
        kernel = _low_pass(self._step)
        if not len(self._past):
            self._past = np.zeros(len(kernel) - 1, dtype=np.float32)
        samples = np.concatenate([self._past, np.frombuffer(pcm, dtype="<i2").astype(np.float32)])
        self._past = samples[len(samples) - len(kernel) + 1 :]
        heard = np.convolve(samples, kernel, mode="valid")
        skipped = min(self._skip, len(heard))
        self._skip -= skipped
        kept = heard[skipped + self._phase :: self._step]
        self._phase = (self._phase - (len(heard) - skipped)) % self._step
        return pcm16_to_ulaw(np.clip(np.rint(kept), -32768, 32767).astype("<i2").tobytes())


def _half(step: int) -> int:
    return 0 if step == 1 else _TAPS_A_STEP * step // 2


@lru_cache(maxsize=4)
def _low_pass(step: int) -> npt.NDArray[np.float32]:
    """A windowed sinc: frequencies above the telephone's must not be folded into the audible ones."""
    half = _half(step)
    place = np.arange(-half, half + 1)
    kernel = np.sinc(place * 2 * _CUT_HZ / (PHONE_HZ * step)) * np.blackman(2 * half + 1)
    whole: npt.NDArray[np.float32] = (kernel / kernel.sum()).astype(np.float32)
    return whole
