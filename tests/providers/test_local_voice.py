"""The voice of last resort: it speaks whatever it is given, in every format, in several voices."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.turns import sounds
from voicebot.providers.local.espeak import ESPEAK, reachable_data_path
from voicebot.providers.local.voice import PIECE_CHARS, SHAPES, LocalVoice, VoiceShape, speakable_pieces
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.transports.audio import duration_s, ulaw_to_pcm16

SENTENCE = "We are open from Monday to Friday, from nine to five o'clock."


def levels(pcm: bytes, rate: int) -> np.ndarray:
    """Loudness of each 50 ms."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    step = rate // 20
    frames = samples[: len(samples) // step * step].reshape(-1, step)
    return np.sqrt((frames**2).mean(axis=1))


@pytest.mark.parametrize(
    "audio_format", ["mp3_22050_32", "mp3_44100_128", "pcm_8000", "pcm_16000", "pcm_22050", "ulaw_8000"]
)
def test_a_sentence_takes_as_long_as_a_person_needs_in_every_format(audio_format: str) -> None:
    clip = LocalVoice().synthesize(SENTENCE, voice="anna", audio_format=audio_format)

    assert 2.5 < duration_s(clip, audio_format) < 5.0


@pytest.mark.parametrize("audio_format", ["pcm_16000", "ulaw_8000"])
def test_what_comes_out_is_loud_and_has_the_rhythm_of_speech(audio_format: str) -> None:
    clip = LocalVoice().synthesize(SENTENCE, voice="anna", audio_format=audio_format)

    pcm, rate = (ulaw_to_pcm16(clip), 8000) if audio_format == "ulaw_8000" else (clip, 16000)
    loud = levels(pcm, rate)
    assert loud.max() > 2000
    assert loud.std() > 0.3 * loud.mean()


def test_three_times_the_words_take_about_three_times_as_long() -> None:
    voice = LocalVoice()

    once, thrice = (
        len(voice.synthesize(" ".join([SENTENCE] * n), voice="anna", audio_format="pcm_8000")) for n in (1, 3)
    )

    assert thrice / once == pytest.approx(3.0, rel=0.15)


def test_whoever_speaks_in_this_process_takes_no_sound_from_the_others() -> None:
    voice = LocalVoice()
    before = voice.synthesize(SENTENCE, voice="anna", audio_format="pcm_8000")

    labelled = sounds.voice("my number is four one five", "en-us", 160, 50)
    after = voice.synthesize(SENTENCE, voice="anna", audio_format="pcm_8000")

    assert len(labelled) > 8000
    assert len(after) == pytest.approx(len(before), rel=0.1)


def test_words_that_espeak_knows_no_sound_of_are_a_silence_that_can_be_played(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ESPEAK, "speak", lambda *_asked, **_how: b"")

    clip = LocalVoice().synthesize("words", voice="anna", audio_format="mp3_22050_32")

    assert 0.05 < duration_s(clip, "mp3_22050_32") < 0.4


def test_the_first_audio_comes_before_the_last_sentence_is_made() -> None:
    stream = LocalVoice().stream(" ".join([SENTENCE] * 20), voice_id="anna", audio_format="ulaw_8000")

    began = time.thread_time()
    first = next(stream)
    until_first = time.thread_time() - began
    rest = b"".join(stream)
    until_end = time.thread_time() - began

    assert 0 < len(first) < len(rest) / 10
    assert until_first < until_end / 5


def test_the_same_voice_id_always_sounds_the_same_and_several_sounds_are_in_use() -> None:
    ids = [f"voice-{n}" for n in range(60)]

    assert [LocalVoice().shape(one) for one in ids] == [LocalVoice().shape(one) for one in ids]
    assert {LocalVoice().shape(one) for one in ids} == set(SHAPES)


def pitch(shape: VoiceShape) -> float:
    """How often a second the voice repeats itself in loud moments, looking from 60 to 320 times."""
    clip = LocalVoice({"x": shape}).synthesize(SENTENCE, voice="x", audio_format="pcm_8000")
    samples = np.frombuffer(clip, "<i2").astype(float)
    frames = samples[: len(samples) // 400 * 400].reshape(-1, 400)
    loud = frames[np.sqrt((frames**2).mean(axis=1)) > 1000]
    spectrum = np.fft.rfft(loud * np.hanning(400), 2048, axis=1)
    spectrum[:, 2048 * 600 // 8000 :] = 0
    echo = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, 25:133]
    return float(np.median(8000 / (25 + echo.argmax(axis=1))))


def test_voices_differ_in_pitch() -> None:
    woman, man = SHAPES[0], SHAPES[5]

    assert pitch(woman) > 1.3 * pitch(man)


@pytest.mark.parametrize(
    ("language", "espeak"), [("de-DE", "de"), ("fr", "fr"), ("es-MX", "es-419"), ("pt_BR", "pt-br")]
)
def test_a_language_keeps_the_voice_and_changes_the_tongue(language: str, espeak: str) -> None:
    voice = LocalVoice()

    shape = voice.shape("anna", language)

    assert shape.espeak.split("+") == [espeak, voice.shape("anna").espeak.split("+")[1]]
    assert (
        duration_s(
            voice.synthesize("eins zwei drei", voice="anna", audio_format="pcm_8000", language=language),
            "pcm_8000",
        )
        > 0.5
    )


def test_every_listed_sound_and_language_can_be_spoken() -> None:
    for shape in SHAPES:
        clip = LocalVoice({"x": shape}).synthesize("one", voice="x", audio_format="pcm_8000")
        assert duration_s(clip, "pcm_8000") > 0.2
    for language in (
        "en-GB",
        "it",
        "nl",
        "pl",
        "ru",
        "sv",
        "da",
        "nb",
        "fi",
        "tr",
        "cs",
        "hu",
        "el",
        "hi",
        "ja",
    ):
        clip = LocalVoice().synthesize("eins", voice="x", audio_format="pcm_8000", language=language)
        assert duration_s(clip, "pcm_8000") > 0.2


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "😀🎉", "…", "\x00\x07", "<break time='1s'/>", "\ud800"])
def test_text_without_words_gives_a_short_silence_that_can_be_played(text: str) -> None:
    clip = LocalVoice().synthesize(text, voice="anna", audio_format="mp3_22050_32")

    assert 0.05 < duration_s(clip, "mp3_22050_32") < 0.4


@pytest.mark.parametrize(
    "text",
    [
        "Hello \x00 there\x1b[31m, \ud83d friend",
        "<speak><prosody rate='fast'>Hello</prosody> <break time='3s'/> there, friend</speak>",
        "Hello [[h@'loU]] there, friend 😀",
        "Hello & there < friend > \\ \" ' %s {} $(x)",
        "Hello\r\n\r\nthere\u202e friend\u200b",
    ],
)
def test_odd_text_is_spoken_as_words(text: str) -> None:
    clip = LocalVoice().synthesize(text, voice="anna", audio_format="pcm_8000")

    assert 0.5 < duration_s(clip, "pcm_8000") < 6.0


def test_a_very_long_word_and_a_very_long_text_are_cut_into_pieces() -> None:
    pieces = speakable_pieces("x" * 5000 + " " + "and so on, " * 500)

    assert max(map(len, pieces)) <= PIECE_CHARS
    assert sum(len(piece.replace(" ", "")) for piece in pieces) == 5000 + len("andsoon,") * 500


def test_nothing_is_lost_between_pieces() -> None:
    text = "One, two; three. Four! Five? " * 12 + "six " * 100

    assert "".join("".join(speakable_pieces(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "audio_format", ["", "opus_48000_32", "mp3_22050", "ulaw_16000", "pcm_7", "mp3_8000_320", "wav"]
)
def test_a_format_that_is_not_spoken_is_refused_at_once(audio_format: str) -> None:
    with pytest.raises(ProviderError) as failure:
        LocalVoice().stream("Hello", voice_id="anna", audio_format=audio_format)

    assert failure.value.outcome is Outcome.REFUSED


def test_threads_that_speak_at_once_get_their_own_words() -> None:
    texts = ["Yes.", SENTENCE, f"{SENTENCE} {SENTENCE}"] * 4
    voice, lengths = LocalVoice(), [0.0] * len(texts)

    def speak(n: int) -> None:
        lengths[n] = duration_s(voice.synthesize(texts[n], voice="anna", audio_format="pcm_8000"), "pcm_8000")

    threads = [threading.Thread(target=speak, args=(n,)) for n in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for kind in range(3):
        same = lengths[kind::3]
        assert max(same) - min(same) < 0.1
    assert lengths[0] < 1.5 < 2.5 < lengths[1] < lengths[2]


def test_the_voice_lists_its_own_sounds() -> None:
    listed = LocalVoice().list_voices()

    assert len(listed) == len(SHAPES)
    assert {voice.gender for voice in listed} == {"male", "female"}


def test_a_data_folder_with_a_long_name_is_reached_by_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 120) / ("b" * 120)
    deep.mkdir(parents=True)
    (deep / "phontab").write_text("here")

    short = reachable_data_path(deep)

    assert len(str(short)) <= 150
    assert (short / "phontab").read_text() == "here"
    assert reachable_data_path(tmp_path) == tmp_path


def test_speaking_is_done_where_it_holds_nobody_up():
    done = []

    def elsewhere(work):
        done.append(work())
        return done[-1]

    spoken = LocalVoice(off_hub=elsewhere).synthesize("One. Two.", voice="v", audio_format="pcm_22050")

    assert len(done) == 2
    assert spoken == b"".join(done)
