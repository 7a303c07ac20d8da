"""The caller's mouth: what goes into the telephone, 20 ms of mu-law at a time, and the noise of a line where nothing does."""

import math
import random
from collections import deque
from collections.abc import Callable

import numpy as np

from voicebot.transports.audio import pcm16_to_ulaw, ulaw_to_pcm16

FRAME_BYTES = 160
NOISE_PEAK = 14
"""Of 32767: some 67 dB below the loudest, as quiet as a good line."""
NOISES = 64
MOST_LIVE_FRAMES = 25
"""Half a second: a microphone that is further ahead loses its oldest sound."""

Begun = Callable[[], None]


class CallerMouth:
    """One caller's side of the line. The call's thread takes frames; other threads may add to it."""

    def __init__(self, chance: random.Random) -> None:
        drawn = np.random.default_rng(chance.getrandbits(32))
        noise = drawn.integers(-NOISE_PEAK, NOISE_PEAK + 1, (NOISES, FRAME_BYTES)).astype("<i2")
        self._noise = [pcm16_to_ulaw(frame.tobytes()) for frame in noise]
        self._noise_pcm = noise
        self._n = 0
        self._spoken: deque[bytes] = deque()
        self._live: deque[bytes] = deque()

    @property
    def busy(self) -> bool:
        """Whether there is still something to be said."""
        return bool(self._spoken)

    def with_noise(self, audio: bytes) -> bytes:
        """The sound as the line carries it: whole frames, with the line's noise under them."""
        if not audio:
            return b""
        padded = audio + b"\xff" * (-len(audio) % FRAME_BYTES)
        pcm = np.frombuffer(ulaw_to_pcm16(padded), "<i2").reshape(-1, FRAME_BYTES).astype(np.int32)
        noise = self._noise_pcm[np.arange(len(pcm)) % NOISES]
        return pcm16_to_ulaw(np.clip(pcm + noise, -32768, 32767).astype("<i2").tobytes())

    def speak(self, audio: bytes) -> None:
        """Say this next; `audio` comes from `with_noise`."""
        self._spoken.extend(audio[at : at + FRAME_BYTES] for at in range(0, len(audio), FRAME_BYTES))

    def hush(self) -> None:
        """Say no more."""
        self._spoken.clear()

    def microphone(self, audio: bytes) -> None:
        """Sound from a real microphone, as it comes."""
        self._live.extend(audio[at : at + FRAME_BYTES] for at in range(0, len(audio), FRAME_BYTES))
        while len(self._live) > MOST_LIVE_FRAMES:
            self._live.popleft()

    def frame(self) -> bytes:
        """The next 20 ms."""
        self._n += 1
        if self._spoken:
            return self._spoken.popleft()
        if self._live:
            return self._live.popleft().ljust(FRAME_BYTES, b"\xff")
        return self._noise[self._n % NOISES]


def music(seconds: float, chance: random.Random) -> bytes:
    """Hold music: a few tones that change every half second, as loud as speech."""
    samples = np.zeros(int(seconds * 8000))
    for start in range(0, len(samples), 4000):
        span = np.arange(min(4000, len(samples) - start)) / 8000
        root = 220 * 2 ** (chance.randrange(12) / 12)
        chord = sum(np.sin(2 * math.pi * root * ratio * span) for ratio in (1, 1.25, 1.5))
        samples[start : start + len(span)] = 2500 * chord
    return pcm16_to_ulaw(samples.astype("<i2").tobytes())
