"""What the model sends: sentences in any order, tools, and failures."""

import json
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
    of_kind,
    speaking,
    spoken,
    thinking,
    turn_ends,
    without_saves,
)
from voicebot.domain.call.actions import (
    HangUp,
    Listen,
    PlayClip,
    RunTool,
    SetOutcome,
    Speak,
    StartModel,
    SwitchVoice,
    Transfer,
)
from voicebot.domain.call.events import (
    CallerSaid,
    ModelFailed,
    ModelFinished,
    SentenceReady,
    ToolAsked,
    ToolFinished,
    TransferEnded,
    TransferOutcome,
)
from voicebot.domain.call.flow import step
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import EndReason, Phase

CATALOGUE = replace(SETUP, tools=(*SETUP.tools, "lookup"))


def test_sentences_are_spoken_in_their_order_whatever_order_they_come_in():
    _, actions = drive_all(
        thinking(), SentenceReady(1, 2, "Three."), SentenceReady(1, 0, "One."), SentenceReady(1, 1, "Two.")
    )

    assert spoken(actions) == ["One.", "Two.", "Three."]


def test_a_sentence_that_comes_twice_is_spoken_once():
    sentence = SentenceReady(1, 0, "At eight.")

    _, actions = drive_all(thinking(), sentence, sentence, ModelFinished(1))

    assert spoken(actions) == ["At eight."]


def test_a_sentence_behind_a_gap_is_spoken_at_the_end_rather_than_lost():
    _, actions = drive(thinking(), SentenceReady(1, 1, "Until six."), ModelFinished(1))

    assert without_saves(actions) == [Speak(1, 1, "Until six."), Listen()]


@pytest.mark.parametrize(
    "event",
    [
        SentenceReady(0, 1, "x"),
        ToolAsked(0, "a", "lookup"),
        ModelFinished(0),
        ModelFailed(0, "x"),
        ModelFinished(2),
    ],
)
def test_an_event_of_another_generation_changes_nothing(event):
    state = thinking()

    assert step(state, event) == (state, [])


def test_nothing_more_comes_of_an_answer_that_was_finished():
    state = answered()

    assert drive_all(state, SentenceReady(1, 5, "More."), ModelFinished(1), ModelFailed(1, "x")) == (
        state,
        [],
    )


# --- tools ----------------------------------------------------------------------------------------


def test_a_tool_is_run_and_the_model_speaks_on_its_result():
    state, asked = drive(thinking(CATALOGUE), ToolAsked(1, "t1", "lookup", {"what": "rye"}))
    state, finished = drive(state, ModelFinished(1))
    state, actions = drive(state, ToolFinished(1, "t1", True, "4 euros"))

    assert asked == [RunTool(1, "t1", "lookup", {"what": "rye"})]
    assert finished == []
    assert actions == [StartModel(2, speculative=False)]
    assert (state.phase, state.committed_gen) == (Phase.THINKING, 2)
    assert state.history[-1].tool.result == "4 euros"


def test_arguments_that_are_nested_without_end_are_no_arguments():
    deep = json.loads("[" * 500 + "]" * 500)

    state, asked = drive(thinking(CATALOGUE), ToolAsked(1, "t1", "lookup", {"what": deep}))

    assert not [one for one in asked if isinstance(one, RunTool)]
    assert "not a JSON object" in state.history[-1].tool.result


def test_the_model_goes_on_only_when_all_tools_and_the_answer_are_done():
    state = thinking(CATALOGUE)
    state, _ = drive(state, ToolAsked(1, "t1", "lookup"), ToolAsked(1, "t2", "lookup"))

    state, first = drive(state, ToolFinished(1, "t2", True, "b"))
    state, second = drive(state, ToolFinished(1, "t1", True, "a"))
    state, finished = drive(state, ModelFinished(1))

    assert (first, second) == ([], [])
    assert finished == [StartModel(2, speculative=False)]


def test_a_new_voice_speaks_before_the_next_answer():
    state, _ = drive(thinking(), ToolAsked(1, "t1", "change_voice"), ModelFinished(1))

    state, actions = step(state, ToolFinished(1, "t1", True, "done", voice_id="voice-2"))

    assert actions == [SwitchVoice("voice-2"), StartModel(2, speculative=False)]
    assert state.voice_id == "voice-2"


def test_the_same_tool_call_is_run_once():
    asked = ToolAsked(1, "t1", "lookup")

    _, actions = drive_all(thinking(CATALOGUE), asked, asked)

    assert actions == [RunTool(1, "t1", "lookup", {})]


def test_a_result_of_an_earlier_generation_is_not_taken_for_one_with_the_same_id():
    state, _ = drive(thinking(CATALOGUE), ToolAsked(1, "t1", "lookup"), CallerSaid("Rather: rye?"))
    state, _ = drive(state, ToolAsked(2, "t1", "lookup"), ModelFinished(2))

    assert step(state, ToolFinished(1, "t1", True, "late")) == (state, [])


def test_a_tool_that_the_plan_does_not_name_is_refused_and_the_model_told():
    state, actions = drive_all(thinking(), ToolAsked(1, "t1", "delete_everything"), ModelFinished(1))

    assert actions == [StartModel(2, speculative=False)]
    assert state.history[-1].tool.result == "Refused: there is no tool named delete_everything."
    assert state.history[-1].tool.ok is False


@pytest.mark.parametrize("name", ["end_call", "transfer"])
def test_a_built_in_tool_that_the_plan_does_not_name_is_refused_too(name):
    state = thinking(replace(SETUP, tools=()))

    state, actions = drive_all(state, ToolAsked(1, "t1", name), ModelFinished(1))

    assert actions == [StartModel(2, speculative=False)]
    assert state.phase is Phase.THINKING


def test_arguments_without_measure_are_refused():
    state, actions = drive(thinking(CATALOGUE), ToolAsked(1, "t1", "lookup", {"what": "x" * 5000}))

    assert actions == []
    assert state.history[-1].tool.arguments == "{}"


def test_at_most_five_tools_run_in_a_turn():
    asked = [ToolAsked(1, f"t{n}", "lookup") for n in range(7)]

    state, actions = drive_all(thinking(CATALOGUE), *asked)

    assert len(of_kind(actions, RunTool)) == 5
    assert "too many" in state.history[-1].tool.result


def test_the_count_of_tools_goes_on_over_the_answers_of_a_turn_and_ends_a_loop():
    state = thinking(CATALOGUE)
    ran = 0
    for gen in range(1, 20):
        state, actions = drive_all(
            state,
            ToolAsked(gen, f"t{gen}", "lookup"),
            ToolFinished(gen, f"t{gen}", True, "x"),
            ModelFinished(gen),
        )
        ran += len(of_kind(actions, RunTool))
        if not of_kind(actions, StartModel):
            break

    assert ran == 5
    assert clips(actions) == ["apology_again"]
    assert state.phase is Phase.LISTENING


def test_the_callers_next_turn_may_use_tools_again():
    asked = [ToolAsked(1, f"t{n}", "lookup") for n in range(5)]
    state, _ = drive(thinking(CATALOGUE), *asked, CallerSaid("And rye?"))

    _, actions = step(state, ToolAsked(2, "t9", "lookup"))

    assert actions == [RunTool(2, "t9", "lookup", {})]


def test_the_model_ends_the_call_after_what_it_said():
    asked = ToolAsked(1, "t1", "end_call")

    state, actions = drive_all(thinking(), SentenceReady(1, 0, "Bye!"), asked, ModelFinished(1))

    assert without_saves(actions) == [
        Speak(1, 0, "Bye!"),
        SetOutcome(end_reason="bot_ended"),
        HangUp(after_gen=1),
    ]
    assert (state.phase, state.end_reason) == (Phase.ENDING, EndReason.BOT_ENDED)


def test_the_model_does_not_end_a_call_without_a_word():
    _, actions = drive_all(thinking(), ToolAsked(1, "t1", "end_call"), ModelFinished(1))

    assert clips(actions) == ["goodbye"]
    assert turn_ends(actions) == [HangUp]


def test_a_tool_beside_the_end_of_the_call_is_waited_for():
    asked = (ToolAsked(1, "t1", "take_message", {"message": "hi"}), ToolAsked(1, "t2", "end_call"))
    state, waiting = drive(thinking(), SentenceReady(1, 0, "Noted, bye!"), *asked, ModelFinished(1))

    state, actions = step(state, ToolFinished(1, "t1", True, "saved"))

    assert waiting == []
    assert turn_ends(actions) == [HangUp]


def test_the_model_transfers_after_what_it_said_and_only_to_the_plans_number():
    asked = ToolAsked(
        1, "t1", "transfer", {"reason": "angry", "to": "+19005550100", "number": "+19005550100"}
    )

    state, actions = drive_all(thinking(), SentenceReady(1, 0, "I'll get someone."), asked, ModelFinished(1))

    assert without_saves(actions) == [Speak(1, 0, "I'll get someone."), Transfer(after_gen=1, to=(OPERATOR,))]
    assert state.phase is Phase.TRANSFERRING


def test_a_transfer_without_a_word_is_announced():
    _, actions = drive_all(thinking(), ToolAsked(1, "t1", "transfer"), ModelFinished(1))

    assert clips(actions) == ["connecting"]
    assert turn_ends(actions) == [Transfer]


def test_a_transfer_without_an_operator_asks_for_a_message():
    state, actions = drive_all(thinking(SETUP_ALONE), ToolAsked(1, "t1", "transfer"), ModelFinished(1))

    assert clips(actions) == ["no_operator"]
    assert turn_ends(actions) == [Listen]
    assert state.taking_message


# --- failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timeout", "rate_limit", "refused", "broken"])
def test_the_first_failure_asks_the_caller_to_say_it_again(kind):
    state, actions = step(thinking(), ModelFailed(1, kind))

    assert without_saves(actions) == [PlayClip(Phrase.APOLOGY_AGAIN, 2), Listen()]
    assert state.phase is Phase.LISTENING


def test_an_answer_without_a_word_is_a_failure():
    _, actions = step(thinking(), ModelFinished(1))

    assert clips(actions) == ["apology_again"]


def test_an_answer_of_blanks_is_a_failure():
    _, actions = drive_all(thinking(), SentenceReady(1, 0, "  "), ModelFinished(1))

    assert (spoken(actions), clips(actions)) == ([], ["apology_again"])


def test_a_failure_in_the_middle_of_an_answer_says_so():
    _, actions = step(speaking(), ModelFailed(1, "broken"))

    assert without_saves(actions) == [PlayClip(Phrase.LOST_THREAD, 3), Listen()]


def test_a_failure_after_a_tool_counts_what_was_said_before_it():
    state, _ = drive(
        speaking(CATALOGUE), ToolAsked(1, "t1", "lookup"), ToolFinished(1, "t1", True, "x"), ModelFinished(1)
    )

    _, actions = step(state, ModelFailed(2, "timeout"))

    assert clips(actions) == ["lost_thread"]


def test_the_second_failure_in_a_row_brings_a_person():
    state, _ = drive(thinking(), ModelFailed(1, "timeout"), CallerSaid("I said, when do you open?"))

    state, actions = step(state, ModelFailed(2, "timeout"))

    assert clips(actions) == ["apology_connecting"]
    assert turn_ends(actions) == [Transfer]


def test_the_second_failure_in_a_row_without_a_person_ends_the_call():
    state, _ = drive(
        thinking(SETUP_ALONE), ModelFailed(1, "timeout"), CallerSaid("I said, when do you open?")
    )

    state, actions = step(state, ModelFailed(2, "timeout"))

    assert clips(actions) == ["apology_goodbye"]
    assert actions[-2:] == [SetOutcome(end_reason="model_failed"), HangUp(after_gen=2)]


def test_a_third_failure_does_not_call_the_person_who_did_not_answer_again():
    state, _ = drive(thinking(), ModelFailed(1, "timeout"), CallerSaid("Hello?"), ModelFailed(2, "timeout"))
    state, _ = drive(state, TransferEnded(TransferOutcome.NO_ANSWER), CallerSaid("Hello?"))

    state, actions = step(state, ModelFailed(3, "timeout"))

    assert clips(actions) == ["apology_goodbye"]
    assert state.end_reason is EndReason.MODEL_FAILED


def test_an_answer_that_arrives_forgives_the_failure_before_it():
    state, _ = drive(thinking(), ModelFailed(1, "timeout"), CallerSaid("When?"))
    state, _ = drive(state, SentenceReady(2, 0, "At eight."), ModelFinished(2), CallerSaid("Thanks"))

    _, actions = step(state, ModelFailed(3, "timeout"))

    assert clips(actions) == ["apology_again"]


def test_a_failure_after_the_model_asked_for_the_end_still_ends_the_call():
    state, _ = drive(thinking(), SentenceReady(1, 0, "Bye!"), ToolAsked(1, "t1", "end_call"))

    state, actions = step(state, ModelFailed(1, "broken"))

    assert turn_ends(actions) == [HangUp]
    assert state.end_reason is EndReason.BOT_ENDED


def test_a_result_that_comes_after_its_answer_failed_changes_nothing():
    state, _ = drive(thinking(CATALOGUE), ToolAsked(1, "t1", "lookup"), ModelFailed(1, "broken"))

    assert step(state, ToolFinished(1, "t1", True, "late")) == (state, [])
