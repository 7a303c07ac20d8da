"""The words of callers on streams: a stand-in transcriber, which gets only sound, asks here what it heard.

A frame of speech identifies its words, whichever way it travels, as long as its 160 bytes stay together. A frame with
nothing but line noise identifies none, because the same frame occurs before and after the words. Digests are stored, no
audio.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from simulator.carrier.far_end.mouth import NOISE_PEAK
from voicebot.transports.audio import ulaw_to_pcm16

FRAME_BYTES = 160
FRAME_S = 0.02
SILENT_PEAK = 2 * NOISE_PEAK
"""A frame is silent where no sample is louder, of 32767: it may be the line's noise, which mu-law rounds."""
KEPT = 500
"""So many utterances are known; older ones are forgotten."""


@dataclass(frozen=True)
class Utterance:
    """Words of one caller and how long it takes to say them."""

    n: int
    call_sid: str
    text: str
    frames: tuple[bytes | None, ...] = field(repr=False)
    """Digests from the first frame that is heard to the last one; None where a frame between them is silent."""

    @property
    def lasts_s(self) -> float:
        """How long it takes."""
        return len(self.frames) * FRAME_S

    def words_by(self, seconds: float) -> str:
        """What has been said after so long, in whole words."""
        words = self.text.split()
        share = min(1.0, seconds / self.lasts_s) if self.frames else 1.0
        # Words take time by their letters; one that is under way is not understood yet.
        letters, whole = share * sum(map(len, words)), 0
        for count, word in enumerate(words, 1):
            letters -= len(word)
            if letters < -0.5:
                break
            whole = count
        return " ".join(words[:whole])


@dataclass(frozen=True)
class Place:
    """Where in an utterance a frame stands."""

    utterance: Utterance
    at_s: float
    """From the first frame that is heard to the end of this one."""

    @property
    def is_last(self) -> bool:
        """Whether the utterance is over with this frame."""
        return self.at_s >= self.utterance.lasts_s - FRAME_S / 2


class SaidBook:
    """The newest utterances, found by their sound or by their call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._utterances: deque[Utterance] = deque()
        self._by_frame: dict[bytes, tuple[Utterance, int]] = {}
        self._count = 0

    def says(self, call_sid: str, text: str, audio: bytes) -> Utterance:
        """A caller begins to say `text`, which sounds like `audio` (mu-law, 8 kHz, noise of the line included)."""
        frames = _heard_frames(audio)
        with self._lock:
            self._count += 1
            utterance = Utterance(self._count, call_sid, text, frames)
            self._utterances.append(utterance)
            for number, frame in enumerate(frames):
                if frame is not None:
                    self._by_frame[frame] = (utterance, number)
            while len(self._utterances) > KEPT:
                self._forget(self._utterances.popleft())
        return utterance

    def find(self, frame: bytes) -> Place | None:
        """The words that this frame of 160 bytes belongs to; None for silence, noise and strangers."""
        with self._lock:
            found = self._by_frame.get(_digest(frame))
        return None if found is None else Place(found[0], (found[1] + 1) * FRAME_S)

    def of_call(self, call_sid: str) -> list[Utterance]:
        """All that was said in a call, oldest first."""
        with self._lock:
            return [each for each in self._utterances if each.call_sid == call_sid]

    def _forget(self, utterance: Utterance) -> None:
        for frame in utterance.frames:
            if frame is not None and self._by_frame.get(frame, (None,))[0] is utterance:
                del self._by_frame[frame]


def _heard_frames(audio: bytes) -> tuple[bytes | None, ...]:
    frames = [audio[at : at + FRAME_BYTES] for at in range(0, len(audio), FRAME_BYTES)]
    digests = [None if _is_silent(frame) else _digest(frame) for frame in frames]
    heard = [number for number, digest in enumerate(digests) if digest is not None]
    return tuple(digests[heard[0] : heard[-1] + 1]) if heard else ()


def _is_silent(frame: bytes) -> bool:
    samples = np.frombuffer(ulaw_to_pcm16(frame), "<i2").astype(np.int32)
    return bool(np.abs(samples).max(initial=0) <= SILENT_PEAK)


def _digest(frame: bytes) -> bytes:
    return blake2b(frame, digest_size=10).digest()
