"""The caller's side of a stream: the mouth that makes frames, and the book that knows what is said in them."""

import random

import pytest

from simulator.carrier.far_end.line import Pressed, Said, Sounds, StayedSilent
from simulator.carrier.far_end.mouth import FRAME_BYTES, MOST_LIVE_FRAMES, NOISES, CallerMouth, music
from simulator.carrier.far_end.said import FRAME_S, KEPT, SaidBook
from simulator.carrier.far_end.turn import POLITE_S, may_do
from voicebot.transports.audio import ulaw_to_pcm16

SPEECH = bytes(range(64, 192)) * 50


def loudest(ulaw: bytes) -> int:
    return max(abs(each) for each in memoryview(ulaw_to_pcm16(ulaw)).cast("h"))


def frames_of(audio: bytes) -> list[bytes]:
    return [audio[at : at + FRAME_BYTES] for at in range(0, len(audio), FRAME_BYTES)]


def test_between_words_the_line_has_a_little_noise_and_the_words_follow_each_other() -> None:
    mouth = CallerMouth(random.Random(1))
    spoken = mouth.with_noise(SPEECH[:1000])

    quiet = [mouth.frame() for _ in range(10)]
    mouth.speak(spoken)
    said = [mouth.frame() for _ in range(len(spoken) // FRAME_BYTES)]

    assert {len(frame) for frame in quiet + said} == {FRAME_BYTES}
    assert len(set(quiet)) > 5
    assert 0 < max(map(loudest, quiet)) < 30
    assert b"".join(said) == spoken
    assert not mouth.busy


def test_the_same_seed_makes_the_same_line() -> None:
    lines = [CallerMouth(random.Random(seed)) for seed in (1, 1, 2)]

    first, again, other = ([mouth.frame() for _ in range(5)] for mouth in lines)

    assert first == again != other
    assert music(0.5, random.Random(1)) == music(0.5, random.Random(1))
    assert loudest(music(0.5, random.Random(1))) > 3000


def test_a_microphone_that_is_ahead_loses_its_oldest_sound() -> None:
    mouth = CallerMouth(random.Random(1))
    sound = b"".join(bytes([n]) * FRAME_BYTES for n in range(MOST_LIVE_FRAMES + 5))

    mouth.microphone(sound)

    assert mouth.frame() == bytes([5]) * FRAME_BYTES


def test_a_frame_names_its_words_and_how_far_they_were_said() -> None:
    book = SaidBook()
    audio = CallerMouth(random.Random(1)).with_noise(SPEECH)
    utterance = book.says("CA1", "one two three four", audio)
    frames = frames_of(audio)

    places = [book.find(frame) for frame in frames]

    assert all(place is not None and place.utterance is utterance for place in places)
    assert [place.is_last for place in places if place] == [False] * (len(frames) - 1) + [True]
    assert book.find(b"\xff" * FRAME_BYTES) is None
    words = [utterance.words_by(place.at_s) for place in places if place]
    assert words[0] == ""
    assert words[-1] == "one two three four"
    assert sorted(words, key=len) == words
    assert {"one", "one two", "one two three"} <= set(words)


def test_the_noise_of_a_line_names_no_words_though_they_have_silence_in_them() -> None:
    book, mouth = SaidBook(), CallerMouth(random.Random(1))
    silence = b"\xff" * (FRAME_BYTES * NOISES)
    utterance = book.says("CA1", "one two", mouth.with_noise(silence + SPEECH + silence + SPEECH + silence))

    line = [mouth.frame() for _ in range(2 * NOISES)]

    assert [place for frame in line if (place := book.find(frame))] == []
    assert utterance.lasts_s == pytest.approx((2 * len(SPEECH) / FRAME_BYTES + NOISES) * FRAME_S)


def test_the_book_forgets_what_is_old() -> None:
    book = SaidBook()
    first = CallerMouth(random.Random(1)).with_noise(SPEECH[:160])
    book.says("CA1", "first", first)

    for n in range(KEPT):
        book.says("CA2", f"word {n}", random.Random(n).randbytes(160))

    assert book.find(first) is None
    assert book.of_call("CA1") == []
    assert len(book.of_call("CA2")) == KEPT


@pytest.mark.parametrize(
    ("act", "silent_s", "busy", "may"),
    [
        (Said("x", None), 0.0, False, False),
        (Said("x", None), POLITE_S, False, True),
        (Said("x", None), POLITE_S, True, False),
        (Said("x", None, barge_in=True), 0.0, False, True),
        (Pressed("1"), 0.0, True, True),
        (StayedSilent(), 0.0, True, True),
        (Sounds("music", 1.0), 0.0, False, True),
        (Sounds("music", 1.0), 0.0, True, False),
    ],
)
def test_a_person_speaks_when_the_bot_is_silent_unless_they_interrupt(
    act: object, silent_s: float, busy: bool, may: bool
) -> None:
    assert may_do(act, silent_s, mouth_busy=busy) is may
