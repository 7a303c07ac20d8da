import numpy as np
import pytest

from voicebot.transports.audio import pcm16_to_ulaw, ulaw_to_pcm16
from voicebot.transports.ulaw import UlawMaker


def tone(hz, rate, seconds=0.5):
    place = np.arange(int(rate * seconds))
    return (np.sin(2 * np.pi * hz * place / rate) * 12000).astype("<i2").tobytes()


def made(audio_format, audio, piece=333):
    maker = UlawMaker(audio_format)
    pieces = [maker.feed(audio[at : at + piece]) for at in range(0, len(audio), piece)]
    return b"".join([*pieces, maker.end()])


def loudness(ulaw):
    samples = np.frombuffer(ulaw_to_pcm16(ulaw), dtype="<i2").astype(float)[400:-400]
    return float(np.sqrt(np.mean(samples**2)))


def test_mu_law_passes_as_it_is_and_pcm_at_the_same_rate_is_only_encoded():
    speech = tone(440, 8000)

    assert made("ulaw_8000", b"\xff\x00" * 100) == b"\xff\x00" * 100
    assert made("pcm_8000", speech) == pcm16_to_ulaw(speech)


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
def test_faster_pcm_is_thinned_without_a_click_wherever_it_was_cut(rate):
    speech = tone(440, rate)

    whole = made(f"pcm_{rate}", speech, piece=len(speech))

    assert len(whole) == 4000
    assert made(f"pcm_{rate}", speech, piece=333) == whole
    expected = np.frombuffer(tone(440, 8000), dtype="<i2").astype(int)
    heard = np.frombuffer(ulaw_to_pcm16(whole), dtype="<i2").astype(int)
    assert np.abs(heard - expected)[100:-100].max() < 600


def test_what_the_telephone_cannot_carry_is_not_folded_into_what_it_can():
    carried, folded = (loudness(made("pcm_16000", tone(hz, 16000))) for hz in (3000, 5000))

    assert carried > 8000
    assert folded < carried / 1000


def test_formats_that_are_no_whole_step_of_the_telephone_s_are_refused():
    for audio_format in ("pcm_22050", "ulaw_16000", "mp3_22050_32", "pcm_0000", ""):
        with pytest.raises(ValueError):
            UlawMaker(audio_format)
