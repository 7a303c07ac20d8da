"""What callers say and what the voice answers, made by espeak-ng: mu-law at 8 kHz, written for the processes of a run."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.turns.sounds import Sound, voice
from voicebot.transports.audio import PHONE_HZ, pcm16_to_ulaw

QUESTIONS = (
    ("Can I book a table for tonight, please?",),
    ("What time do you open on Sunday?",),
    ("How much does the delivery to my house cost?",),
    ("Do you have any rooms left for Friday?",),
)
"""No pause within one is as long as 200 ms."""
HESITATING = ("I would like", "to book a table for tonight, please.")
"""A caller who pauses: an answer that was begun then is dropped."""
PAUSE_MS = 420
"""Long enough for a tentative end of speech."""
ANSWER = "The quick brown fox jumps over the lazy dog near the river bank. "
_NOISE = 0.0008
"""Of a line on which nobody speaks."""


def write_sounds(folder: Path) -> None:
    """Write `q*.ulaw` (questions), `h0.ulaw` (the one with a pause), `noise.ulaw` (a second) and `voice.ulaw` (12 s)."""
    random = np.random.default_rng(1)
    for number, parts in enumerate(QUESTIONS):
        _write(folder / f"q{number}.ulaw", _said(parts, random))
    _write(folder / "h0.ulaw", _said(HESITATING, random))
    _write(folder / "noise.ulaw", random.normal(0, _NOISE, PHONE_HZ))
    _write(folder / "voice.ulaw", voice(ANSWER * 4, "en-gb", 165, 50)[: 12 * PHONE_HZ])


def _said(parts: tuple[str, ...], random: np.random.Generator) -> Sound:
    spoken = [_trimmed(voice(part, "en-us", 165, 50)) for part in parts]
    pause = random.normal(0, _NOISE, PAUSE_MS * PHONE_HZ // 1000)
    joined = [spoken[0]]
    for _, after in pairwise(spoken):
        joined += [pause, after]
    return np.concatenate(joined)


def _trimmed(sound: Sound) -> Sound:
    """Cut after the last 20 ms that are louder than -40 dB: the end of speech is the end of sound."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    loud = np.nonzero(np.sqrt(np.mean(frames**2, axis=1)) > 0.01)[0]
    return sound[loud[0] * 160 : (loud[-1] + 1) * 160]


def _write(file: Path, sound: Sound) -> None:
    pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    file.write_bytes(pcm16_to_ulaw(pcm))
