"""The codecs: what they promise about single samples, tones and lengths."""

import struct

import lameenc
import numpy as np
import pytest

from voicebot.transports.audio import (
    duration_s,
    loudness_db,
    mp3_duration_s,
    pcm16_to_ulaw,
    resample,
    ulaw_to_pcm16,
)


def tone(hz: float, *, rate: int, seconds: float = 1.0, amplitude: float = 10000.0) -> bytes:
    at = np.arange(int(rate * seconds)) / rate
    return (np.sin(2 * np.pi * hz * at) * amplitude).astype("<i2").tobytes()


def rms(pcm: bytes) -> float:
    return float(np.sqrt((np.frombuffer(pcm, "<i2").astype(float) ** 2).mean()))


def mp3(pcm: bytes, *, rate: int, kbps: int) -> bytes:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(rate)
    encoder.set_bit_rate(kbps)
    encoder.set_channels(1)
    return bytes(encoder.encode(pcm)) + bytes(encoder.flush())


# Reference values of the G.711 mu-law law: sample -> code.
@pytest.mark.parametrize(
    ("sample", "code"),
    [(0, 0xFF), (-1, 0x7F), (8, 0xFE), (-8, 0x7E), (1000, 0xCE), (-1000, 0x4E), (32124, 0x80), (32767, 0x80), (-32768, 0x00)],
)  # fmt: skip
def test_samples_become_the_codes_of_g711(sample: int, code: int) -> None:
    assert pcm16_to_ulaw(struct.pack("<h", sample)) == bytes([code])


def test_every_code_survives_decoding_and_encoding() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)

    assert pcm16_to_ulaw(ulaw_to_pcm16(codes)) == codes


def test_encoding_stays_within_the_step_of_its_segment() -> None:
    samples = np.arange(-32124, 32125, dtype="<i2")

    heard = np.frombuffer(ulaw_to_pcm16(pcm16_to_ulaw(samples.tobytes())), "<i2").astype(int)

    step = 2.0 ** np.floor(np.log2(np.abs(samples.astype(int)) + 132)) / 16
    assert (np.abs(heard - samples) <= step).all()


def test_half_a_sample_at_the_end_is_dropped() -> None:
    assert pcm16_to_ulaw(b"\x00\x00\x01") == b"\xff"
    assert resample(b"\x00\x00\x01", 8000, 8000) == b"\x00\x00"


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(22050, 8000), (22050, 16000), (8000, 16000), (24000, 8000), (16000, 22050)]
)
def test_resampling_keeps_a_tone_its_length_and_its_loudness(from_hz: int, to_hz: int) -> None:
    heard = resample(tone(1000, rate=from_hz), from_hz, to_hz)

    spectrum = np.abs(np.fft.rfft(np.frombuffer(heard, "<i2").astype(float)))
    assert len(heard) == 2 * to_hz
    assert abs(int(spectrum.argmax()) - 1000) <= 1
    assert rms(heard) == pytest.approx(10000 / 2**0.5, rel=0.02)


def test_what_the_lower_rate_cannot_carry_is_removed_and_not_folded_back() -> None:
    heard = resample(tone(6000, rate=22050), 22050, 8000)

    middle = heard[2000:-2000]
    assert rms(middle) < 30


def test_full_scale_sound_does_not_wrap_around() -> None:
    square = np.where(np.arange(22050) % 40 < 20, 32767, -32768).astype("<i2").tobytes()

    heard = np.frombuffer(resample(square, 22050, 8000), "<i2").astype(int)

    assert np.abs(np.diff(np.sign(heard))).sum() / 2 == pytest.approx(2 * 22050 / 40, abs=6)


@pytest.mark.parametrize("pcm", [b"", b"\x01", tone(440, rate=22050, seconds=0.001)])
def test_tiny_clips_are_resampled_without_complaint(pcm: bytes) -> None:
    assert len(resample(pcm, 22050, 8000)) <= len(pcm) + 2


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        resample(b"\x00\x00", 0, 8000)


@pytest.mark.parametrize(("rate", "kbps"), [(22050, 32), (24000, 48), (44100, 128), (44100, 64)])
def test_an_mp3_is_as_long_as_what_was_put_in(rate: int, kbps: int) -> None:
    made = mp3(tone(440, rate=rate, seconds=2.0), rate=rate, kbps=kbps)

    assert mp3_duration_s(made) == pytest.approx(2.0, abs=0.15)


def test_half_an_mp3_is_half_as_long_and_a_broken_frame_counts_for_nothing() -> None:
    made = mp3(tone(440, rate=22050, seconds=4.0), rate=22050, kbps=32)

    whole, half = mp3_duration_s(made), mp3_duration_s(made[: len(made) // 2])

    assert half == pytest.approx(whole / 2, abs=0.06)


def test_tags_and_rubbish_before_the_sound_are_skipped() -> None:
    made = mp3(tone(440, rate=22050, seconds=1.0), rate=22050, kbps=32)
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + b"\xff\xfb" * 64

    assert mp3_duration_s(tag + made) == mp3_duration_s(made)
    assert mp3_duration_s(b"rubbish\xff\x00" + made) == mp3_duration_s(made)


@pytest.mark.parametrize("rubbish", [b"", b"\xff", b"\xff" * 500, b"ID3", b"<html>", bytes(range(256)) * 8])
def test_what_is_no_mp3_lasts_no_time(rubbish: bytes) -> None:
    assert mp3_duration_s(rubbish) < 0.1


def test_raw_formats_last_as_long_as_their_samples() -> None:
    assert duration_s(b"\xff" * 4000, "ulaw_8000") == 0.5
    assert duration_s(b"\x00" * 16000, "pcm_16000") == 0.5
    with pytest.raises(ValueError, match="opus"):
        duration_s(b"", "opus_48000_32")


def test_loudness_is_the_mean_power_in_decibels_of_full_scale() -> None:
    full = np.full(160, 32000, "<i2").tobytes()
    tenth = np.tile(np.array([3200, -3200], "<i2"), 80).tobytes()

    assert loudness_db(pcm16_to_ulaw(full)) == pytest.approx(-0.2, abs=0.3)
    assert loudness_db(pcm16_to_ulaw(tenth)) == pytest.approx(-20.2, abs=0.3)
    assert loudness_db(b"\xff" * 160) == loudness_db(b"") == -90.0
