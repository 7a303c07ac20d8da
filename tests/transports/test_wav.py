"""WAV files of the telephone: what their header says, and how loud each side is over time."""

import struct

import numpy as np
import pytest

from voicebot.transports.wav import WavUnreadable, header_of, loudest


def wav(samples, *, encoding=1, rate=8000, bits=16, before=b""):
    sound = samples.astype("<i2").tobytes() if bits == 16 else samples.astype("u1").tobytes()
    channels = samples.shape[1]
    head = struct.pack(
        "<HHIIHH", encoding, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits
    )
    return (
        b"RIFF\0\0\0\0WAVE"
        + before
        + b"fmt "
        + struct.pack("<I", 16)
        + head
        + b"data"
        + struct.pack("<I", len(sound))
        + sound
    )


def test_each_side_is_loud_where_it_speaks():
    samples = np.zeros((8000, 2))
    samples[:2000, 0], samples[6000:, 1] = 32767, -8192
    for before in (b"", b"LIST\x03\0\0\0abc\0"):
        file = wav(samples, before=before)
        head = header_of(file)
        caller, bot = loudest(head, file[head.data_at :], 4)

        assert (head.channels, head.rate_hz, head.bytes_a_second) == (2, 8000, 32_000)
        assert caller == [1.0, 0.0, 0.0, 0.0]
        assert bot == [0.0, 0.0, 0.0, 0.5]


def test_mu_law_in_one_channel_a_file_that_broke_off_and_an_empty_one_are_drawn_too():
    quiet = wav(np.full((800, 1), 0xFF), encoding=7, bits=8)
    odd = wav(np.full((800, 2), 12_000))[:-3]

    assert loudest(header_of(quiet), quiet[header_of(quiet).data_at :], 3) == [[0.0, 0.0, 0.0]]
    assert [len(lane) for lane in loudest(header_of(odd), odd[header_of(odd).data_at :], 250)] == [250, 250]
    assert loudest(header_of(odd), b"", 2) == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    "head",
    [b"", b"RIFF", b"ID3" + b"x" * 40, wav(np.zeros((1, 2)))[:30], wav(np.zeros((1, 2)), encoding=3),
     wav(np.zeros((1, 6))), wav(np.zeros((1, 1)), rate=96_000), b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 50,
     b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd"],
)  # fmt: skip
def test_what_is_no_sound_of_the_telephone_is_said_to_be_none(head):
    with pytest.raises(WavUnreadable):
        header_of(head)
