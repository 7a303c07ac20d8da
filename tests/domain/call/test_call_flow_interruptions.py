"""Who talks when: barge-in, coughs, tentative ends of speech, and what counts as heard."""

from dataclasses import replace

import pytest

from tests.domain.call.call_driver import (
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
    without_saves,
)
from voicebot.domain.call.actions import (
    CancelModel,
    Listen,
    PlayClip,
    RunTool,
    SaveUtterance,
    Speak,
    Speaker,
    StartModel,
    StopSpeaking,
)
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    CallStarted,
    Heard,
    HeardSource,
    KeyPressed,
    ModelFailed,
    ModelFinished,
    SentenceReady,
    SilencePassed,
    ToolAsked,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.history import openai_history
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import Phase

MARK = HeardSource.MARK
ESTIMATE = HeardSource.ESTIMATE


def test_the_caller_stops_an_answer_and_history_keeps_what_was_heard():
    state, _ = drive(speaking(SETUP, "We open at eight.", "We close at six."), Heard(1, 0, 7, MARK))

    state, actions = step(state, CallerStarted())

    assert without_saves(actions) == [StopSpeaking(1), CancelModel(1), Listen(timeout_s=2)]
    assert openai_history(state)[-1] == {"role": "assistant", "content": "We open—"}
    assert of_kind(actions, SaveUtterance) == [
        SaveUtterance(3, Speaker.BOT, "We close at six.", heard="", heard_source="estimate")
    ]


def test_what_was_heard_may_also_be_reported_after_the_interruption():
    state, _ = drive(speaking(), CallerStarted())

    state, actions = step(state, Heard(1, 0, 7, MARK))

    assert actions == [
        SaveUtterance(2, Speaker.BOT, "We open at eight.", heard="We open", heard_source="mark")
    ]
    assert openai_history(state)[-1]["content"] == "We open—"


def test_nothing_of_an_interrupted_answer_comes_after_it():
    state, _ = drive(speaking(), CallerStarted())

    assert drive_all(state, SentenceReady(1, 1, "More."), ModelFinished(1)) == (state, [])


def test_an_answer_that_is_made_but_still_playing_can_be_interrupted():
    _, actions = step(answered(), CallerStarted())

    assert without_saves(actions) == [StopSpeaking(1), Listen(timeout_s=2)]


def test_a_sound_after_everything_was_heard_stops_nothing():
    state, _ = drive(answered(), Heard(1, 0, 99, MARK))

    assert step(state, CallerStarted()) == (state, [])


def test_words_that_come_while_the_bot_speaks_are_an_interruption():
    state, actions = step(speaking(), CallerSaid("Stop. What about rye?", 0.9))

    assert without_saves(actions) == [StopSpeaking(1), CancelModel(1), StartModel(2, speculative=False)]
    assert state.phase is Phase.THINKING


def test_words_after_an_interruption_are_the_next_turn():
    state, _ = drive(speaking(), CallerStarted())

    _, actions = step(state, CallerSaid("What about rye?", 0.9))

    assert without_saves(actions) == [StartModel(2, speculative=False)]


def test_the_announcement_of_a_recording_is_not_interrupted_by_a_sound():
    state, _ = drive(
        new_call(replace(SETUP, record=True, recording_announcement="We record.")), CallStarted()
    )

    assert step(state, CallerStarted()) == (state, [])


def test_once_the_announcement_was_heard_the_greeting_can_be_interrupted():
    state, _ = drive(
        new_call(replace(SETUP, record=True, recording_announcement="We record.")), CallStarted()
    )
    state, _ = drive(state, Heard(0, 0, 99, MARK))

    _, actions = step(state, CallerStarted())

    assert StopSpeaking(0) in actions


def test_words_over_the_announcement_are_answered_after_it():
    state, _ = drive(new_call(replace(SETUP, record=True)), CallStarted())

    _, actions = step(state, CallerSaid("Hello?"))

    assert without_saves(actions) == [StartModel(1, speculative=False)]


# --- a sound that was no word ---------------------------------------------------------------------


@pytest.mark.parametrize("no_words", [SilencePassed(), CallerSaid(""), CallerSaid("...")])
def test_a_cough_after_the_callers_turn_does_not_lose_the_turn(no_words):
    state, _ = drive(thinking(), CallerStarted())

    state, actions = step(state, no_words)

    assert actions == [StartModel(2, speculative=False)]
    assert openai_history(state)[-1] == {"role": "user", "content": "When do you open?"}


def test_a_cough_over_a_half_said_answer_makes_the_model_go_on():
    state, _ = drive(speaking(), Heard(1, 0, 7, MARK), CallerStarted())

    state, actions = step(state, SilencePassed())

    assert actions == [StartModel(2, speculative=False)]
    assert [message["role"] for message in openai_history(state)[-2:]] == ["assistant", "system"]


def test_a_cough_over_a_finished_answer_has_its_unheard_rest_said_again():
    state = answered(SETUP, "We open at eight.", "We close at six.")
    state, _ = drive(state, Heard(1, 0, 99, MARK), CallerStarted(), Heard(1, 1, 3, MARK))

    state, actions = step(state, SilencePassed())

    assert without_saves(actions) == [Speak(2, 0, "We close at six."), Listen()]


def test_a_cough_over_a_phrase_has_the_phrase_said_again():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"), CallerStarted())

    _, actions = step(state, SilencePassed())

    assert clips(actions) == ["no_operator"]


def test_a_cough_over_an_answer_that_turns_out_to_be_heard_is_followed_by_a_nudge():
    state, _ = drive(answered(), CallerStarted(), Heard(1, 0, 99, MARK))

    _, actions = step(state, SilencePassed())

    assert clips(actions) == ["still_there"]


def test_going_on_right_after_the_end_of_a_turn_stops_the_answer_and_silence_brings_it_back():
    state, actions = step(thinking(), CallerResumed())
    _, later = step(state, SilencePassed())

    assert without_saves(actions) == [StopSpeaking(1), CancelModel(1), Listen(timeout_s=2)]
    assert later == [StartModel(2, speculative=False)]


def test_after_three_sounds_without_words_only_words_interrupt():
    state = thinking()
    for _ in range(3):
        state, _ = drive(state, CallerStarted(), SilencePassed())
    state, _ = drive(state, SentenceReady(4, 0, "At eight."))

    deaf, actions = step(state, CallerStarted())
    _, words = step(deaf, CallerSaid("Stop!"))

    assert (deaf, actions) == (state, [])
    assert StopSpeaking(4) in words


def test_tentative_words_interrupt_when_sounds_no_longer_do():
    state = thinking()
    for _ in range(3):
        state, _ = drive(state, CallerStarted(), SilencePassed())

    _, actions = step(state, CallerMaybeDone("Stop!"))

    assert CancelModel(4) in actions


def test_words_make_sounds_count_again():
    state = thinking()
    for _ in range(3):
        state, _ = drive(state, CallerStarted(), SilencePassed())
    state, _ = drive(state, CallerSaid("Hello?"))

    _, actions = step(state, CallerStarted())

    assert CancelModel(5) in actions


def test_a_sound_after_a_tentative_end_of_speech_drops_the_answer_to_it():
    state, _ = drive(listening(), Heard(0, 0, 99, MARK), CallerMaybeDone("When?"))

    state, actions = step(state, CallerStarted())

    assert actions == [CancelModel(1)]
    assert state.committed_gen == 0


def test_tentative_words_over_the_announcement_do_not_stop_what_answers_them():
    state, _ = drive(new_call(replace(SETUP, record=True)), CallStarted())

    _, actions = step(state, CallerMaybeDone("Hello?"))

    assert actions == [StartModel(1, speculative=True)]


def test_a_noise_that_brings_an_answer_back_stops_the_one_that_was_begun_for_tentative_words():
    state, _ = drive(thinking(), CallerMaybeDone("Yes"))
    speculated = state.gen

    state, actions = step(state, CallerSaid("..."))

    assert actions == [CancelModel(speculated), StartModel(speculated + 1, speculative=False)]


# --- a tentative end of speech --------------------------------------------------------------------


def test_a_tentative_end_of_speech_starts_an_answer_that_is_not_spoken():
    state, actions = step(listening(), CallerMaybeDone("When do you open?"))
    state, held = drive_all(
        state, SentenceReady(1, 0, "At eight."), ToolAsked(1, "t1", "change_voice"), ModelFinished(1)
    )

    assert actions == [StartModel(1, speculative=True)]
    assert held == []
    assert state.committed_gen == 0
    assert [entry.text for entry in state.history] == [SETUP.greeting]


def test_the_model_is_shown_the_tentative_words():
    state, _ = drive(listening(), CallerMaybeDone("When do you open?"))

    assert openai_history(state)[-1] == {"role": "user", "content": "When do you open?"}


def test_the_same_words_at_the_end_of_the_turn_let_the_held_answer_happen():
    state, _ = drive(listening(), CallerMaybeDone("when do you open"), SentenceReady(1, 0, "At eight."))
    state, _ = drive(state, ToolAsked(1, "t1", "take_message"), SentenceReady(1, 1, "Until six."))

    state, actions = step(state, CallerSaid("When do you open?", 0.9))

    assert actions[0] == SaveUtterance(1, Speaker.CALLER, "When do you open?", 0.9)
    assert without_saves(actions) == [
        Speak(1, 0, "At eight."),
        RunTool(1, "t1", "take_message", {}),
        Speak(1, 1, "Until six."),
    ]
    assert (state.committed_gen, state.phase) == (1, Phase.SPEAKING)


def test_a_held_answer_that_was_complete_gives_the_word_back_at_once():
    state, _ = drive(
        listening(), CallerMaybeDone("When do you open?"), SentenceReady(1, 0, "At eight."), ModelFinished(1)
    )

    _, actions = step(state, CallerSaid("When do you open?"))

    assert without_saves(actions) == [Speak(1, 0, "At eight."), Listen()]


def test_a_held_answer_that_is_not_complete_goes_on_after_the_turn():
    state, _ = drive(listening(), CallerMaybeDone("When?"), CallerSaid("When?"))

    _, actions = step(state, SentenceReady(1, 0, "At eight."))

    assert spoken(actions) == ["At eight."]


def test_other_words_at_the_end_of_the_turn_drop_the_held_answer():
    state, _ = drive(listening(), CallerMaybeDone("When do you"), SentenceReady(1, 0, "We do bread."))

    state, actions = step(state, CallerSaid("When do you open?"))

    assert without_saves(actions) == [CancelModel(1), StartModel(2, speculative=False)]
    assert step(state, SentenceReady(1, 1, "And cake.")) == (state, [])


def test_a_caller_who_goes_on_drops_the_held_answer():
    state, _ = drive(listening(), CallerMaybeDone("My name is John"))

    state, actions = step(state, CallerResumed())

    assert actions == [CancelModel(1)]
    assert not state.answer.speculative


def test_more_words_replace_the_tentative_answer():
    state, _ = drive(listening(), CallerMaybeDone("My name is John"))

    _, actions = step(state, CallerMaybeDone("My name is John Doe"))

    assert actions == [CancelModel(1), StartModel(2, speculative=True)]


def test_the_same_tentative_words_again_change_nothing():
    state, _ = drive(listening(), CallerMaybeDone("My name is John"))

    assert step(state, CallerMaybeDone("my name is john.")) == (state, [])


def test_words_whose_end_was_never_reported_are_answered_when_silence_follows():
    state, _ = drive(listening(), CallerMaybeDone("When do you open?"), SentenceReady(1, 0, "At eight."))

    _, actions = step(state, SilencePassed())

    assert actions[0] == SaveUtterance(1, Speaker.CALLER, "When do you open?")
    assert spoken(actions) == ["At eight."]


def test_words_after_which_there_was_only_a_sound_are_not_lost():
    state, _ = drive(listening(), CallerMaybeDone("When do you open?"), CallerResumed())

    _, actions = step(state, SilencePassed())

    assert without_saves(actions) == [StartModel(2, speculative=False)]


def test_a_tentative_answer_that_fails_is_made_afresh_without_an_apology():
    state, _ = drive(listening(), CallerMaybeDone("When?"), ModelFailed(1, "timeout"))

    _, actions = step(state, CallerSaid("When?"))

    assert without_saves(actions) == [StartModel(2, speculative=False)]


def test_unclear_words_do_not_commit_what_was_held_for_them():
    state, _ = drive(listening(), CallerMaybeDone("When?"), SentenceReady(1, 0, "At eight."))

    _, actions = step(state, CallerSaid("When?", 0.1))

    assert without_saves(actions) == [CancelModel(1), PlayClip(Phrase.DID_NOT_CATCH, 2), Listen()]


@pytest.mark.parametrize("event", [CallerMaybeDone(""), CallerMaybeDone("..."), CallerMaybeDone("when", 0.1)])
def test_nothing_is_tried_on_words_that_would_be_asked_for_again(event):
    state = listening()

    assert step(state, event) == (state, [])


def test_a_message_is_not_answered_before_it_ends():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"))

    _, actions = step(state, CallerMaybeDone("Please call Anna"))

    assert actions == []


def test_tentative_words_over_an_answer_stop_it():
    _, actions = step(speaking(), CallerMaybeDone("Stop. What about rye?"))

    assert without_saves(actions) == [
        StopSpeaking(1),
        CancelModel(1),
        Listen(),
        StartModel(2, speculative=True),
    ]
