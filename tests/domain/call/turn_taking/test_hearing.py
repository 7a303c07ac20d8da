"""What a line's loudness tells: our echo, noise that goes on, and short sounds that may be a word."""

import random

import pytest

from tests.domain.call.turn_taking.talk import Talk
from voicebot.domain.call.turn_taking.hearing import QUIET_DB, Hearing
from voicebot.domain.call.turn_taking.pauses import Asked
from voicebot.domain.call.turn_taking.signals import BargeIn, Frame, Noise, SpeechStarted, TurnDone


def speech(seed: int, frames: int) -> list[float]:
    """The loudness of somebody who speaks: syllables, and gaps between words."""
    chance, course = random.Random(seed), list[float]()
    while len(course) < frames:
        top = chance.uniform(-24, -12)
        course += [top - 8, top, top - 2, top - 9][: chance.randint(2, 4)]
        course += [top - 25] * chance.choice([0, 0, 2, 6])
    return course[:frames]


def echoes(seed: int, lag: int, loss_db: float, noise_db: float, heard_seed: int | None = None) -> bool:
    """Whether a caller's line is taken for our echo. With `heard_seed` somebody else speaks on it."""
    ours, other = speech(seed, 150), speech(heard_seed or 0, 150)
    hearing = Hearing()
    for number in range(150):
        back = other[number] if heard_seed else (ours[number - lag] - loss_db if number >= lag else QUIET_DB)
        hearing.hear(Frame(20 * number + 20, max(back, noise_db), 0.95), ours[number], speaking=False)
    return hearing.is_echo()


@pytest.mark.parametrize("lag", [3, 12, 25])
@pytest.mark.parametrize("loss_db", [8.0, 20.0])
def test_what_goes_up_and_down_as_we_did_is_our_echo(lag, loss_db):
    assert all(echoes(seed, lag, loss_db, -60.0) for seed in range(10))
    # Noise covers most of a quiet echo, and what is covered interrupts nobody.
    assert sum(echoes(seed, lag, loss_db, -44.0) for seed in range(10)) >= (8 if loss_db < 10 else 4)


def test_somebody_elses_speech_is_not():
    assert sum(echoes(seed, 0, 0.0, -60.0, heard_seed=seed + 100) for seed in range(40)) <= 2


def talk_with_echo(*, caller_from_ms: int = 10_000) -> Talk:
    talk, ours = Talk(), speech(5, 300)
    talk.bot(True, words="We are open from nine to five.")
    for number, loudness in enumerate(ours):
        talk.taker.playing(loudness)
        talks = number * 20 >= caller_from_ms
        back = ours[number - 8] - 12 if number >= 8 else QUIET_DB
        heard = max(back, speech(9, 300)[number] + 4 if talks else QUIET_DB, -62.0)
        talk.now += 20
        talk.heard += talk.taker.frame(Frame(talk.now, heard, 0.95 if heard > -45 else 0.02))
    return talk


def test_our_own_echo_interrupts_nobody_and_a_caller_over_it_does():
    alone, over = talk_with_echo(), talk_with_echo(caller_from_ms=3000)

    assert "BargeIn" not in alone.names
    assert 3000 <= over.at(BargeIn) <= 4200


def test_a_constant_noise_is_told_once_and_is_no_turn():
    talk = Talk().speaks(16_000, loudness_db=-35.0, speech=0.03)

    assert [name for name in talk.names if name == "Noise"] == ["Noise"]
    assert talk.at(Noise) >= 3000
    assert "TurnDone" not in talk.names


def test_a_short_loud_sound_is_transcribed_while_we_listen_and_not_while_we_speak():
    listening = Talk().is_silent(500).speaks(200, speech=0.2).is_silent(240).words("Sí").is_silent(1000)
    speaking = Talk().bot(True).is_silent(500).speaks(200, speech=0.2).is_silent(1000)

    assert listening.names == ["SpeechStarted", "MaybeDone", "TurnDone"]
    assert speaking.names == []


def test_a_cough_while_we_listen_is_no_turn():
    talk = Talk().is_silent(500).speaks(200, speech=0.2).is_silent(240).words("").is_silent(2000)

    assert talk.names == ["SpeechStarted", "MaybeDone", "Backchannel"]


def test_words_that_answer_an_older_pause_end_nothing():
    talk = Talk()
    talk.taker.expect(1, Asked.YES_OR_NO)
    talk.speaks(400).is_silent(240).speaks(400).words("").is_silent(300)
    before = talk.names
    talk.words("yes I do").is_silent(200)

    assert before == ["SpeechStarted", "MaybeDone", "Resumed", "MaybeDone"]
    assert talk.names == [*before, "TurnDone"]


def test_who_pauses_long_within_a_turn_is_waited_for_longer_afterwards():
    quick = Talk().speaks(1000).is_silent(3000)
    slow = Talk().speaks(1000).is_silent(880).speaks(1000).is_silent(3000)

    assert slow.at(TurnDone) - 2880 > quick.at(TurnDone) - 1000


def test_a_pause_tells_what_was_asked():
    talk = Talk()
    talk.taker.expect(3)
    talk.speaks(1000).is_silent(240).words("Anna").is_silent(3000)

    assert talk.at(TurnDone) == 1000 + 1200


def test_frames_from_the_past_change_nothing():
    talk = Talk().speaks(500)

    assert talk.taker.frame(Frame(talk.now, -20.0, 0.9)) == []
    assert talk.taker.frame(Frame(100, -20.0, 0.9)) == []
    assert talk.at(SpeechStarted) <= 80


def test_what_is_too_quiet_beside_our_own_sound_is_our_echo_and_a_moment_after_it_too():
    during = Talk().bot(True).is_silent(2000).speaks(1500, loudness_db=-44.0)
    after = Talk().bot(True).is_silent(2000).bot(False).speaks(400, loudness_db=-44.0)
    later = Talk().bot(True).is_silent(2000).bot(False).is_silent(600).speaks(400, loudness_db=-44.0)

    assert (during.names, after.names) == ([], [])
    assert later.names == ["SpeechStarted"]


def test_once_the_way_back_is_known_a_quiet_caller_is_heard_in_our_pauses():
    ours, hearing = speech(3, 150), Hearing()
    for number in range(150):
        back = ours[number - 8] - 10 if number >= 8 else QUIET_DB
        hearing.hear(Frame(20 * number + 20, max(back, -62.0), 0.95), ours[number], speaking=False)
    assert hearing.is_echo()
    for number in range(150, 162):
        hearing.hear(Frame(20 * number + 20, -62.0, 0.02), QUIET_DB, speaking=False)

    assert hearing.hear(Frame(20 * 163, -38.0, 0.95), QUIET_DB, speaking=False)


def test_a_sound_that_is_even_or_unsure_does_not_interrupt():
    even, unsure = Talk().bot(True).is_silent(2000), Talk().bot(True).is_silent(2000)
    for _ in range(100):
        even.now += 20
        even.heard += even.taker.frame(Frame(even.now, -22.0, 0.95))
    unsure.speaks(2000, speech=0.6)

    assert (even.names, unsure.names) == (["SpeechStarted"], ["SpeechStarted"])


def test_many_small_sounds_are_no_interruption():
    talk = Talk().bot(True).is_silent(2000)
    for _ in range(5):
        talk.speaks(240).is_silent(400)

    assert "BargeIn" not in talk.names


def test_what_comes_back_when_we_have_just_begun_must_last_longer():
    early = Talk().bot(True).is_silent(300).speaks(800)
    late = Talk().bot(True).is_silent(2000).speaks(800)

    assert "BargeIn" not in early.names
    assert "BargeIn" in late.names
