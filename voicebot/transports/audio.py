"""Sound as bytes: mu-law, PCM and the length of an MP3. Pure; numpy does the arithmetic.

PCM here is always one channel of signed 16-bit little-endian samples; mu-law is ITU-T G.711 at 8 kHz,
the only thing a phone line carries.
"""

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

PHONE_HZ = 8000
PHONE_BYTES_A_MS = PHONE_HZ // 1000
"""Of mu-law, where a sample is a byte."""

_BIAS = 0x84
_CLIP = 32635


@lru_cache(maxsize=1)
def _ulaw_of_sample() -> npt.NDArray[np.uint8]:
    """The code of every 16-bit sample, indexed by the sample's unsigned reading."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(sample), _CLIP) + _BIAS
    # The bias makes bit 7 the lowest possible leading bit, so the exponent is its distance from there.
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(sample < 0, 0x80, 0)
    codes: npt.NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return codes


@lru_cache(maxsize=1)
def _sample_of_ulaw() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << ((code >> 4) & 0x07)) - _BIAS
    samples: Samples = np.where(code & 0x80, -magnitude, magnitude).astype("<i2")
    return samples


def pcm16_to_ulaw(pcm: bytes) -> bytes:
    """Encode PCM; half a sample at the end is dropped."""
    return _ulaw_of_sample()[_samples(pcm).view(np.uint16)].tobytes()


def ulaw_to_pcm16(ulaw: bytes) -> bytes:
    """Decode mu-law; any byte is a valid code."""
    return _sample_of_ulaw()[np.frombuffer(ulaw, dtype=np.uint8)].tobytes()


@lru_cache(maxsize=1)
def ulaw_power() -> npt.NDArray[np.float32]:
    """The power of every mu-law code, 1.0 at full scale: its mean over a piece of sound is the piece's loudness."""
    samples = _sample_of_ulaw().astype(np.float32) / 32768
    return (samples * samples).astype(np.float32)


def loudness_db(ulaw: bytes) -> float:
    """Return the mean power of mu-law in dB of full scale: 0 is the loudest, -90 silence, or no sound at all."""
    if not ulaw:
        return -90.0
    return float(10 * np.log10(ulaw_power()[np.frombuffer(ulaw, dtype=np.uint8)].mean() + 1e-9))


def resample(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """Change the sampling rate of a whole clip without aliasing.

    Works on the spectrum of the clip, so the pieces of one sound must not be given one by one: their edges would click.
    """
    if from_hz <= 0 or to_hz <= 0:
        raise ValueError("sampling rates must be positive")
    samples = _samples(pcm)
    if from_hz == to_hz or not len(samples):
        return samples.tobytes()
    common = int(np.gcd(from_hz, to_hz))
    step_in, step_out = from_hz // common, to_hz // common
    wanted = -(-len(samples) * step_out // step_in)
    # Whole steps keep the ratio exact; one extra step of silence keeps the clip's end out of its beginning.
    steps = _quick_length(-(-len(samples) // step_in) + 1)
    spectrum = np.fft.rfft(samples.astype(np.float64), steps * step_in)
    length = steps * step_out
    spectrum = spectrum[: length // 2 + 1]
    heard = np.fft.irfft(spectrum, length)[:wanted] * (length / (steps * step_in))
    return np.clip(np.rint(heard), -32768, 32767).astype("<i2").tobytes()


def duration_s(audio: bytes, audio_format: str) -> float:
    """How long a clip lasts; `audio_format` is ElevenLabs' word, as `mp3_22050_32`, `pcm_16000`, `ulaw_8000`."""
    if audio_format.startswith("mp3_"):
        return mp3_duration_s(audio)
    raw = re.fullmatch(r"(pcm|ulaw)_(\d+)", audio_format)
    if raw is None or int(raw[2]) == 0:
        raise ValueError(f"unknown audio format {audio_format!r}")
    return len(audio) / (2 if raw[1] == "pcm" else 1) / int(raw[2])


# --- MP3 ------------------------------------------------------------------------------------------

MP3_HEAD_BYTES = 3
"""So many bytes tell whether they are MP3."""
_MPEG1_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_KBPS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG1_HZ = (44100, 48000, 32000)


def mp3_duration_s(mp3: bytes) -> float:
    """Seconds of sound in the whole frames of a layer III stream; a frame that was cut off is not played."""
    at, seconds, first = _after_id3(mp3), 0.0, True
    while at + 4 <= len(mp3):
        frame = _frame_at(mp3, at)
        if frame is None:
            # Not a frame: look for the next sync, as players do.
            at = mp3.find(b"\xff", at + 1)
            if at < 0:
                break
            continue
        length, samples, rate = frame
        if at + length > len(mp3):
            break
        if not (first and _is_index(mp3[at : at + length])):
            seconds += samples / rate
        at, first = at + length, False
    return seconds


def begins_mp3(head: bytes) -> bool:
    """Whether an ID3 tag or a possible header of a layer III frame begins here."""
    return head[:3] == b"ID3" or (len(head) >= MP3_HEAD_BYTES and _header_at(head, 0) is not None)


def _header_at(mp3: bytes, at: int) -> tuple[int, int, int] | None:
    """Version, bit rate and sampling rate of a possible frame, as the header numbers them (ISO 11172-3, 2.4.1.3)."""
    if mp3[at] != 0xFF or mp3[at + 1] & 0xE6 != 0xE2:
        return None
    version, kbps_index, rate_index = (mp3[at + 1] >> 3) & 3, mp3[at + 2] >> 4, (mp3[at + 2] >> 2) & 3
    return (
        None
        if version == 1 or kbps_index in (0, 15) or rate_index == 3
        else (version, kbps_index, rate_index)
    )


def _frame_at(mp3: bytes, at: int) -> tuple[int, int, int] | None:
    """Length in bytes, samples and sampling rate of the layer III frame that begins here."""
    header = _header_at(mp3, at)
    if header is None:
        return None
    version, kbps_index, rate_index = header
    padding = (mp3[at + 2] >> 1) & 1
    if version == 3:
        kbps, rate, samples = _MPEG1_KBPS[kbps_index], _MPEG1_HZ[rate_index], 1152
    else:
        kbps, samples = _MPEG2_KBPS[kbps_index], 576
        rate = _MPEG1_HZ[rate_index] // (2 if version == 2 else 4)
    return samples // 8 * kbps * 1000 // rate + padding, samples, rate


def _is_index(frame: bytes) -> bool:
    """Encoders may put a frame in front that holds a table and no sound."""
    return b"Xing" in frame[:64] or b"Info" in frame[:64]


def _after_id3(mp3: bytes) -> int:
    if mp3[:3] != b"ID3" or len(mp3) < 10:
        return 0
    size = 0
    for byte in mp3[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, dtype="<i2", count=len(pcm) // 2)


def _quick_length(at_least: int) -> int:
    """The next number with no prime factor above 5: transforms of other lengths are several times slower."""
    length = at_least
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1
