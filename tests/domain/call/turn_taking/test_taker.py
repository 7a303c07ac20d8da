"""Who has the word: the caller's turn ends, and ours is interrupted by speech and by nothing else."""

import pytest

from tests.domain.call.turn_taking.talk import Talk
from voicebot.domain.call.turn_taking.pauses import Asked
from voicebot.domain.call.turn_taking.signals import BargeIn, EndHint, MaybeDone, TurnDone

TURN = ["SpeechStarted", "MaybeDone", "TurnDone"]


def test_a_turn_begins_pauses_and_ends():
    talk = Talk().is_silent(200).speaks(1500).is_silent(2000)

    assert talk.names == TURN
    assert talk.at(MaybeDone) == 1700 + 200
    assert talk.at(TurnDone) == 1700 + 900


def test_who_goes_on_after_a_pause_has_one_turn():
    talk = Talk().speaks(900).is_silent(400).speaks(700).is_silent(2000)

    assert talk.names == ["SpeechStarted", "MaybeDone", "Resumed", "MaybeDone", "TurnDone"]


@pytest.mark.parametrize(
    ("asked", "pause_s", "text", "waits_ms"),
    [
        (Asked.OPEN, 2, "I'd like to book a table, please.", (300, 300)),
        (Asked.OPEN, 2, "I'd like to book a table", (900, 900)),
        (Asked.OPEN, 2, "I want to cancel", (1260, 1280)),
        (Asked.OPEN, 2, "I'd like to book a table and", (1500, 2500)),
        (Asked.OPEN, 2, "My number is four one", (1500, 2500)),
        (Asked.OPEN, 2, "My number is four one five five five five two six seven one", (300, 300)),
        (Asked.YES_OR_NO, 1, "yes", (360, 380)),
        (Asked.YES_OR_NO, 1, "yes, but", (1500, 2500)),
        (Asked.DICTATED, 3, "four one five", (1800, 3000)),
        (Asked.DICTATED, 3, "Anna Schmidt", (1200, 1200)),
        (Asked.DICTATED, 6, "Anna Schmidt", (2400, 2400)),
    ],
)
def test_the_wait_follows_what_was_asked_and_what_was_said(asked, pause_s, text, waits_ms):
    talk = Talk()
    talk.taker.expect(pause_s, asked)
    talk.speaks(1000).is_silent(240).words(text).is_silent(4000)

    least, most = waits_ms
    assert talk.names == TURN
    assert least <= talk.at(TurnDone) - 1000 <= most


def test_words_that_come_in_a_short_silence_and_are_clearly_all_end_it_tentatively_at_once():
    asked = "Can I book a table for tonight?"
    whole = Talk().speaks(1500).is_silent(100).words(asked, final=False)
    lagging = Talk().speaks(1500).words(asked, final=False).is_silent(100)
    open_end = Talk().speaks(1500).is_silent(100).words("Can I book a table for", final=False)
    goes_on = Talk().speaks(1500).is_silent(100).words(asked, final=False).speaks(400)
    ends = whole.words(asked).is_silent(400)

    assert [(end.last_speech_ms, end.complete) for end in whole.heard if isinstance(end, MaybeDone)] == [
        (1600, True)
    ]
    assert ends.at(MaybeDone) == 1600
    assert ends.at(TurnDone) == 1500 + 300
    assert lagging.names == open_end.names == ["SpeechStarted"]
    assert goes_on.names == ["SpeechStarted", "MaybeDone", "Resumed"]


def test_speech_stops_us_and_a_short_sound_does_not():
    long_one = Talk().bot(True).is_silent(2000).speaks(1200).is_silent(1000)
    short_one = Talk().bot(True).is_silent(2000).speaks(300).is_silent(1000)
    cough = Talk().bot(True).is_silent(2000).speaks(100).is_silent(1000)

    assert long_one.names == ["SpeechStarted", "BargeIn", "MaybeDone", "TurnDone"]
    assert long_one.at(BargeIn) <= 2000 + 500
    assert short_one.names == ["SpeechStarted", "MaybeDone", "Backchannel"]
    assert cough.names == ["SpeechStarted", "Backchannel"]


def test_words_decide_what_a_sound_into_our_speech_is():
    mhm = Talk().bot(True).is_silent(1000).speaks(300).is_silent(220).words("mhm").is_silent(1000)
    stop = Talk().bot(True).is_silent(1000).speaks(300).is_silent(220).words("stop").is_silent(1000)
    early = Talk().bot(True).is_silent(1000).speaks(200).words("no wait", final=False)

    assert mhm.names == ["SpeechStarted", "MaybeDone", "Backchannel"]
    assert stop.names == ["SpeechStarted", "MaybeDone", "BargeIn", "TurnDone"]
    assert early.names == ["SpeechStarted", "BargeIn"]


def test_what_we_say_ourselves_is_no_interruption():
    talk = Talk().bot(True, words="We are open from nine to five on weekdays.").is_silent(500)
    talk.speaks(300).words("open from nine", final=False).is_silent(1000)

    assert talk.names == ["SpeechStarted", "Backchannel"]


def test_a_protected_greeting_is_heard_to_its_end_and_then_answered():
    talk = Talk().bot(True, interruptible=False).is_silent(500).speaks(900)
    talk.is_silent(240).words("I need a taxi").is_silent(2000)
    before = talk.names
    talk.bot(False).is_silent(100)

    assert before == ["SpeechStarted", "MaybeDone"]
    assert talk.names == TURN


def test_a_yes_into_our_question_is_kept_until_the_question_is_over():
    talk = Talk().bot(True)
    talk.taker.expect(1, Asked.YES_OR_NO)
    talk.is_silent(1000).speaks(300).is_silent(240).words("yes").is_silent(500)
    before = talk.names
    talk.bot(False).is_silent(100)

    assert before == ["SpeechStarted", "MaybeDone"]
    assert talk.names == TURN


def test_a_transcriber_that_knows_the_end_is_believed():
    talk = Talk().speaks(1000).is_silent(60)
    talk.heard += talk.taker.hint(EndHint.EAGER, talk.now)
    talk.heard += talk.taker.hint(EndHint.RESUMED, talk.now)
    talk.is_silent(1500)
    talk.heard += talk.taker.hint(EndHint.ENDED, talk.now)

    assert talk.names == ["SpeechStarted", "MaybeDone", "Resumed", "MaybeDone", "TurnDone"]
    assert talk.at(TurnDone) == 2560


def test_music_is_told_and_does_not_interrupt_for_ever():
    talk = Talk().bot(True).is_silent(500).speaks(30_000).is_silent(1000).speaks(800).is_silent(1000)

    assert talk.names.count("BargeIn") == 2
    assert talk.names[:4] == ["SpeechStarted", "BargeIn", "Backchannel", "HoldMusic"]


def test_a_sound_at_the_very_end_of_a_wait_may_be_the_caller_going_on():
    talk = Talk().speaks(1000).is_silent(840).speaks(100, speech=0.02).speaks(300)

    assert talk.names == ["SpeechStarted", "MaybeDone", "Resumed"]


def test_words_for_an_earlier_pause_do_not_end_what_was_said_since():
    talk = Talk()
    talk.taker.expect(1, Asked.YES_OR_NO)
    talk.speaks(400).is_silent(240).speaks(400).is_silent(240).words("yes").is_silent(200)
    before = talk.names
    talk.words("yes but").is_silent(600)

    assert before == talk.names == ["SpeechStarted", "MaybeDone", "Resumed", "MaybeDone"]


def test_words_that_may_lack_the_last_ones_end_nothing_early():
    talk = Talk().speaks(1000).is_silent(100).words("that's all", final=False).is_silent(2000)

    assert talk.at(TurnDone) == 1000 + 900


@pytest.mark.parametrize("heard", ["open from nine", "open nine to five on", "weekdays"])
def test_our_words_with_one_missing_and_a_single_one_are_still_ours(heard):
    talk = Talk().bot(True, words="We are open from nine to five on weekdays.").is_silent(2000)
    talk.speaks(300).words(heard, final=False).is_silent(1000)

    assert talk.names == ["SpeechStarted", "Backchannel"]


def test_a_callers_words_over_ours_interrupt():
    talk = Talk().bot(True, words="We are open from nine to five on weekdays.").is_silent(2000)
    talk.speaks(300).words("open from nine to no wait", final=False)

    assert talk.names == ["SpeechStarted", "BargeIn"]
