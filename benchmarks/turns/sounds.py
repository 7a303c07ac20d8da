"""Sounds of the labelled set at 8 kHz: voices by espeak-ng, and by arithmetic what is no speech. All by seed.

A sound is an array of floats; 1.0 is full scale.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from voicebot.providers.local.espeak import ESPEAK, ESPEAK_HZ
from voicebot.transports.audio import PHONE_HZ, pcm16_to_ulaw, resample

Sound = npt.NDArray[np.float64]
Random = np.random.Generator

VOICES = {
    "en": ("en-us", "en-us+f3", "en-us+m3", "en-gb", "en-gb-scotland+f2"),
    "es": ("es", "es-419+f3", "es+m3"),
    "fr": ("fr-fr", "fr-be", "fr"),
    "de": ("de", "de+f2", "de+m3"),
    "pt": ("pt-br", "pt+f2", "pt-br+m3"),
    "it": ("it", "it+f3", "it+m2"),
}
_QUIET = 0.004


def silence(ms: float) -> Sound:
    return np.zeros(int(ms * PHONE_HZ / 1000))


@lru_cache(maxsize=4096)
def voice(text: str, name: str, words_per_minute: int, pitch: int) -> Sound:
    """Return speech without the silence around it, as loud as callers are: -22 dB where they speak."""
    try:
        pcm = ESPEAK.speak(text, voice=name, pitch=pitch, words_per_minute=words_per_minute)
    except Exception:
        pcm = ESPEAK.speak(
            text, voice=name.split("+", 1)[0][:2], pitch=pitch, words_per_minute=words_per_minute
        )
    sound = np.frombuffer(resample(pcm, ESPEAK_HZ, PHONE_HZ), "<i2").astype(float) / 32768
    loud = np.flatnonzero(np.abs(sound) > _QUIET)
    return at_loudness(_telephone(sound[loud[0] : loud[-1] + 1]), -22.0)


def at_loudness(sound: Sound, db: float) -> Sound:
    """Scale a sound so that its louder parts have a mean power of so many dB."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    power = np.mean(frames**2, axis=1) if len(frames) else np.array([np.mean(sound**2)])
    loud = power[power >= np.max(power) / 100]
    return sound * (10 ** (db / 20) / (np.sqrt(np.mean(loud)) + 1e-9))


def _telephone(sound: Sound) -> Sound:
    """Return a sound as a telephone carries it: nothing under 300 Hz and over 3,400 Hz."""
    return _band(sound, 300, 3400)


def _band(sound: Sound, low_hz: float, high_hz: float) -> Sound:
    length = _quick(len(sound))
    spectrum = np.fft.rfft(sound, length)
    hz = np.fft.rfftfreq(length, 1 / PHONE_HZ)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    return np.fft.irfft(spectrum, length)[: len(sound)]


def _quick(count: int) -> int:
    """The next length whose transform is quick."""
    return 1 << max(count - 1, 1).bit_length()


def hum(random: Random) -> Sound:
    """An "mhm" with closed lips: two short tones of a voice."""
    first, gap, second = random.integers(90, 150), random.integers(20, 60), random.integers(110, 220)
    pitch = random.uniform(95, 210)
    one = _voiced(first, pitch, pitch * 0.95, random)
    other = _voiced(second, pitch * 1.15, pitch * 1.05, random)
    return at_loudness(np.concatenate([one, silence(gap), other]), random.uniform(-32, -24))


def _voiced(ms: float, begins_hz: float, ends_hz: float, random: Random) -> Sound:
    count = int(ms * PHONE_HZ / 1000)
    phase = 2 * np.pi * np.cumsum(np.linspace(begins_hz, ends_hz, count)) / PHONE_HZ
    tone = sum(np.sin(harmonic * phase) / harmonic**1.5 for harmonic in range(1, 12))
    breath = random.normal(0, 0.02, count)
    return np.asarray((tone + breath) * np.hanning(count) ** 0.5)


def cough(random: Random) -> Sound:
    """One to three bursts of breath, the throat in them."""
    bursts = []
    for _ in range(random.integers(1, 4)):
        count = int(random.uniform(80, 180) * PHONE_HZ / 1000)
        decay = np.exp(-np.linspace(0, 5, count))
        throat = _voiced(1000 * count / PHONE_HZ + 1, 180, 90, random)[:count]
        burst = random.normal(0, 1, count)
        burst[: len(throat)] += 0.3 * throat
        bursts += [_band(burst * decay, 400, 3000), silence(random.uniform(60, 160))]
    return at_loudness(np.concatenate(bursts), random.uniform(-24, -14))


def knock(random: Random) -> Sound:
    """A door, a cup on a table, keys: short noises."""
    parts = []
    for _ in range(random.integers(1, 6)):
        count = int(random.uniform(30, 110) * PHONE_HZ / 1000)
        parts += [
            _band(random.normal(0, 1, count) * np.exp(-np.linspace(0, 7, count)), 100, 2200),
            silence(random.uniform(80, 300)),
        ]
    return at_loudness(np.concatenate(parts), random.uniform(-26, -12))


def music(ms: float, random: Random) -> Sound:
    """Hold music: a melody over chords that never stops."""
    notes, scale = [], [0, 2, 4, 5, 7, 9, 11, 12]
    length = random.integers(180, 420)
    for beat in range(int(ms / length) + 1):
        root = 220 * 2 ** (scale[int(random.integers(0, 8))] / 12)
        count = int(length * PHONE_HZ / 1000)
        t = np.arange(count) / PHONE_HZ
        chord = sum(np.sin(2 * np.pi * root * ratio * t) for ratio in (1, 1.26, 1.5, 2))
        melody = sum(np.sin(2 * np.pi * root * 2 * k * t) / k for k in (1, 2, 3, 4))
        notes.append(
            (0.5 * chord + melody) * (1 - 0.5 * np.linspace(0, 1, count)) * (1.2 if beat % 4 == 0 else 1)
        )
    return at_loudness(_telephone(np.concatenate(notes)), random.uniform(-26, -20))


def noise(count: int, db: float, random: Random) -> Sound:
    """A room, a street or a car, all the time."""
    white = random.normal(0, 1, _quick(count))
    spectrum = np.fft.rfft(white)
    hz = np.fft.rfftfreq(len(white), 1 / PHONE_HZ)
    spectrum /= np.maximum(hz, 60) ** random.uniform(0.2, 0.9)
    return at_loudness(np.fft.irfft(spectrum, len(white)), db)[:count]


def echo(ours: Sound, random: Random) -> Sound:
    """What comes back of our voice: late, quiet and dull."""
    delayed = np.concatenate([silence(random.uniform(80, 380)), _band(ours, 300, random.uniform(1800, 3200))])
    return delayed * 10 ** (-random.uniform(9, 30) / 20)


def ulaw(sound: Sound) -> bytes:
    pcm: Any = np.clip(np.rint(sound * 32767), -32768, 32767).astype("<i2")
    return pcm16_to_ulaw(pcm.tobytes())
