"""The plain course of a call: greeting, turns, silence, unclear words, keys."""

from dataclasses import replace

import pytest

from tests.domain.call.call_driver import (
    OPERATOR,
    SETUP,
    SETUP_ALONE,
    answered,
    clips,
    drive,
    drive_all,
    listening,
    of_kind,
    speaking,
    spoken,
    thinking,
    turn_ends,
    without_saves,
)
from voicebot.domain.call.actions import (
    CancelModel,
    HangUp,
    Listen,
    PlayClip,
    Record,
    SaveUtterance,
    SetOutcome,
    SetTimer,
    Speak,
    Speaker,
    StartModel,
    StopSpeaking,
    TakeMessage,
    Transfer,
)
from voicebot.domain.call.events import (
    CallerSaid,
    CallStarted,
    KeyPressed,
    ModelFinished,
    SentenceReady,
    SilencePassed,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import Consent, EndReason, Owed, Phase


def test_a_call_begins_with_the_greeting_and_then_listens():
    state, actions = step(new_call(SETUP), CallStarted())

    assert actions == [
        Speak(0, 0, "Hello, this is the bakery."),
        SaveUtterance(0, Speaker.BOT, "Hello, this is the bakery."),
        SetTimer("max_duration", 1800),
        Listen(timeout_s=6),
    ]
    assert (state.phase, state.gen, state.committed_gen, state.turn) == (Phase.LISTENING, 0, 0, 1)


def test_a_call_without_a_greeting_still_begins_with_words():
    _, actions = step(new_call(replace(SETUP, greeting="  ")), CallStarted())

    assert clips(actions) == ["greeting"]


def test_a_second_start_changes_nothing():
    state = listening()

    assert step(state, CallStarted()) == (state, [])


def test_nothing_is_said_before_the_call_has_started():
    state = new_call(SETUP)

    assert drive_all(state, CallerSaid("hello"), KeyPressed("#"), SilencePassed()) == (state, [])


def test_a_recorded_call_announces_it_before_it_records_and_greets():
    setup = replace(SETUP, record=True, recording_announcement="We record this call.")

    state, actions = step(new_call(setup), CallStarted())

    assert without_saves(actions)[:3] == [
        Speak(0, 0, "We record this call.", interruptible=False),
        Record(),
        Speak(0, 1, "Hello, this is the bakery."),
    ]
    assert (state.recording, state.consent) == (True, Consent.ANNOUNCED)


def test_a_recorded_call_without_words_of_its_own_has_a_standard_announcement():
    _, actions = step(new_call(replace(SETUP, record=True)), CallStarted())

    assert without_saves(actions)[:3] == [
        PlayClip(Phrase.RECORDING_ANNOUNCEMENT, 0, interruptible=False),
        Record(),
        Speak(0, 0, "Hello, this is the bakery."),
    ]


def test_a_call_that_is_not_recorded_promises_nothing():
    state, actions = step(new_call(SETUP), CallStarted())

    assert of_kind(actions, Record) == []
    assert (state.recording, state.consent) == (False, Consent.NONE)


def test_the_plan_decides_how_long_to_listen_and_for_which_words():
    setup = replace(SETUP, silence_timeout_s=9, hints=("rye", "spelt"))

    _, actions = step(new_call(setup), CallStarted())

    assert actions[-1] == Listen(hints=("rye", "spelt"), timeout_s=9)


def test_what_the_caller_says_is_kept_and_given_to_the_model():
    state, actions = step(listening(), CallerSaid("When do you open?", 0.93))

    assert actions == [
        SaveUtterance(1, Speaker.CALLER, "When do you open?", 0.93),
        StartModel(1, speculative=False),
    ]
    assert (state.phase, state.gen, state.committed_gen) == (Phase.THINKING, 1, 1)
    assert state.history[-1].text == "When do you open?"


def test_an_answer_is_spoken_sentence_by_sentence_and_then_the_caller_has_the_word():
    state, actions = drive_all(
        thinking(), SentenceReady(1, 0, "At eight."), SentenceReady(1, 1, "Until six."), ModelFinished(1)
    )

    assert actions == [
        Speak(1, 0, "At eight."),
        SaveUtterance(2, Speaker.BOT, "At eight."),
        Speak(1, 1, "Until six."),
        SaveUtterance(3, Speaker.BOT, "Until six."),
        Listen(),
    ]
    assert state.phase is Phase.LISTENING


def test_the_turn_counts_how_often_the_word_has_left_the_bot():
    state = answered()

    after, _ = drive(state, KeyPressed("0"))

    assert (state.turn, after.turn) == (2, 3)


def test_long_words_of_a_caller_are_cut():
    state, actions = step(listening(), CallerSaid("a" * 100_000))

    assert len(actions[0].text) == 2000
    assert len(state.history[-1].text) == 2000


# --- silence --------------------------------------------------------------------------------------


def test_two_silences_are_nudged_and_the_third_ends_the_call():
    state = listening()

    state, first = step(state, SilencePassed())
    state, second = step(state, SilencePassed())
    state, third = step(state, SilencePassed())

    assert without_saves(first) == [PlayClip(Phrase.STILL_THERE, 1), Listen()]
    assert without_saves(second) == [PlayClip(Phrase.STILL_THERE_AGAIN, 2), Listen()]
    assert without_saves(third) == [
        PlayClip(Phrase.GOODBYE, 3, interruptible=False),
        SetOutcome(end_reason="silence"),
        HangUp(after_gen=0),
    ]
    assert (state.phase, state.end_reason) == (Phase.ENDING, EndReason.SILENCE)


@pytest.mark.parametrize("sign_of_life", [CallerSaid("yes"), KeyPressed("5"), CallerSaid("mumble", 0.1)])
def test_any_input_starts_the_count_of_silences_again(sign_of_life):
    state, _ = drive(listening(), SilencePassed(), SilencePassed())

    state, _ = drive(state, sign_of_life)

    assert state.silences == 0


def test_a_caller_who_asks_us_to_wait_is_waited_for_until_they_say_something_else():
    state, actions = drive(thinking(words="Hold on."), SentenceReady(1, 0, "Sure."), ModelFinished(1))
    assert Listen(timeout_s=30) in actions

    state, actions = drive(state, SilencePassed())
    assert Listen(timeout_s=30) in actions

    _, actions = drive(state, CallerSaid("I'm back.", 0.9), SentenceReady(2, 0, "Good."), ModelFinished(2))
    assert Listen() in actions


@pytest.mark.parametrize("state", [thinking(), speaking()])
def test_silence_while_the_bot_owes_the_answer_is_not_the_callers(state):
    assert step(state, SilencePassed()) == (state, [])


# --- words that are not clear ---------------------------------------------------------------------


@pytest.mark.parametrize("confidence", [0.0, 0.39])
def test_unclear_words_are_asked_for_again(confidence):
    state, actions = step(listening(), CallerSaid("wendy you open", confidence))

    assert without_saves(actions) == [PlayClip(Phrase.DID_NOT_CATCH, 2), Listen()]
    assert actions[0] == SaveUtterance(1, Speaker.CALLER, "wendy you open", confidence)
    assert state.phase is Phase.LISTENING


@pytest.mark.parametrize("confidence", [None, 0.4, 1.0, float("nan"), -3.0])
def test_a_confidence_that_is_absent_or_no_confidence_is_not_a_low_one(confidence):
    _, actions = step(listening(), CallerSaid("When do you open?", confidence))

    assert of_kind(actions, StartModel) == [StartModel(1, speculative=False)]


def test_the_third_unclear_turn_in_a_row_goes_to_the_model_all_the_same():
    unclear = CallerSaid("wendy you open", 0.2)

    state, actions = drive(listening(), unclear, unclear, unclear)

    assert of_kind(actions, StartModel) == [StartModel(1, speculative=False)]
    assert state.low_confidences == 0


def test_a_clear_turn_starts_the_count_of_unclear_ones_again():
    unclear = CallerSaid("wendy you open", 0.2)
    state, _ = drive(listening(), unclear, unclear, CallerSaid("When do you open?", 0.9))
    state, _ = drive(state, SentenceReady(1, 0, "At eight."), ModelFinished(1))

    _, actions = step(state, unclear)

    assert clips(actions) == ["did_not_catch"]


@pytest.mark.parametrize("noise", ["", "   ", "...", "!!"])
def test_a_transcription_without_a_word_in_it_is_not_understood_and_not_kept(noise):
    _, actions = step(listening(), CallerSaid(noise, 0.99))

    assert clips(actions) == ["did_not_catch"]
    assert [action.speaker for action in of_kind(actions, SaveUtterance)] == [Speaker.BOT]


def test_noise_alone_three_times_reaches_the_model_as_unintelligible():
    state, actions = drive(listening(), CallerSaid("..."), CallerSaid("..."), CallerSaid("..."))

    assert state.history[-1].text == "(unintelligible)"
    assert of_kind(actions, StartModel) == [StartModel(1, speculative=False)]


def test_noise_does_not_stop_an_answer():
    state = speaking()

    assert step(state, CallerSaid("...")) == (state, [])


# --- keys -----------------------------------------------------------------------------------------


def test_zero_connects_the_caller_with_the_operator():
    state, actions = step(listening(), KeyPressed("0"))

    assert without_saves(actions)[-2:] == [
        PlayClip(Phrase.CONNECTING, 2, interruptible=False),
        Transfer(after_gen=0, to=(OPERATOR,)),
    ]
    assert state.phase is Phase.TRANSFERRING


def test_zero_without_an_operator_says_so_and_asks_for_a_message():
    state, actions = step(listening(SETUP_ALONE), KeyPressed("0"))

    assert clips(actions) == ["no_operator"]
    assert turn_ends(actions) == [Listen]
    assert state.taking_message


def test_the_words_after_that_are_the_message():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"))

    state, actions = step(state, CallerSaid("Please call Anna back.", 0.9))

    assert actions == [
        SaveUtterance(3, Speaker.CALLER, "Please call Anna back.", 0.9),
        TakeMessage(3, "Please call Anna back."),
        SetOutcome(outcome="message_taken"),
        PlayClip(Phrase.MESSAGE_TAKEN, 4),
        SaveUtterance(4, Speaker.BOT, actions[-2].text),
        Listen(),
    ]
    assert (state.outcome, state.taking_message, state.phase) == ("message_taken", False, Phase.LISTENING)


def test_after_the_message_the_caller_talks_with_the_model_again():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"), CallerSaid("Please call Anna back."))

    _, actions = step(state, CallerSaid("And when do you open?"))

    assert of_kind(actions, StartModel) == [StartModel(1, speculative=False)]


def test_an_unclear_message_is_asked_for_again():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"), CallerSaid("mumble", 0.1))

    state, actions = step(state, CallerSaid("Please call Anna back.", 0.9))

    assert clips(actions) == ["message_taken"]


def test_star_says_the_whole_last_answer_again():
    state = answered(SETUP, "At eight.", "Until six.")

    state, actions = step(state, KeyPressed("*"))

    assert of_kind(actions, Speak) == [Speak(2, 0, "At eight."), Speak(2, 1, "Until six.")]
    assert turn_ends(actions) == [Listen]
    assert state.committed_gen == 2


def test_star_works_again_and_again():
    state, _ = drive(answered(), KeyPressed("*"))

    _, actions = step(state, KeyPressed("*"))

    assert spoken(actions) == ["We open at eight."]


def test_star_does_not_repeat_a_nudge_but_what_came_before_it():
    state, _ = drive(answered(), SilencePassed())

    _, actions = step(state, KeyPressed("*"))

    assert spoken(actions) == ["We open at eight."]
    assert clips(actions) == []


def test_star_in_a_call_that_has_only_nudged_gives_the_word_back():
    state = replace(listening(), history=())
    state, _ = drive(state, SilencePassed())

    _, actions = step(state, KeyPressed("*"))

    assert without_saves(actions) == [StopSpeaking(0), Listen()]


def test_star_repeats_a_phrase_that_was_the_last_word():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"))

    _, actions = step(state, KeyPressed("*"))

    assert clips(actions) == ["no_operator"]


def test_hash_says_goodbye_and_ends_the_call():
    state, actions = step(listening(), KeyPressed("#"))

    assert clips(actions) == ["goodbye"]
    assert actions[-2:] == [SetOutcome(end_reason="caller_ended"), HangUp(after_gen=0)]
    assert (state.phase, state.end_reason) == (Phase.ENDING, EndReason.CALLER_ENDED)


def test_any_other_key_is_told_to_the_model():
    state, actions = step(listening(), KeyPressed("5"))

    assert state.history[-1].text == "(pressed 5)"
    assert of_kind(actions, StartModel) == [StartModel(1, speculative=False)]


def test_a_digit_while_a_message_is_awaited_goes_to_the_model():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"))

    state, actions = step(state, KeyPressed("5"))

    assert of_kind(actions, StartModel) == [StartModel(1, speculative=False)]
    assert not state.taking_message


@pytest.mark.parametrize("key", ["0", "*", "#", "5"])
def test_a_key_stops_an_answer_that_is_being_said(key):
    _, actions = step(speaking(), KeyPressed(key))

    assert actions[:2] == [StopSpeaking(1), CancelModel(1)]


@pytest.mark.parametrize("key", ["", "A", "12", "<Say/>"])
def test_what_is_no_key_leaves_the_word_with_the_caller(key):
    state, actions = step(listening(), KeyPressed(key))

    assert actions == [Listen()]
    assert state.owed is Owed.NOTHING
