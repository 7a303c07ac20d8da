"""A caller is asked our questions: answered, corrected, put off, and never pressed further than is decent."""

import json
from dataclasses import replace

import pytest

from tests.domain.call.asked_caller import (
    CONSENT,
    NAME,
    NEW,
    PLACE,
    at,
    kept,
    model_says,
    question_of,
    says,
    welcomed,
)
from tests.domain.call.call_driver import SETUP, clips, of_kind, spoken, turn_ends
from voicebot.domain.call.actions import (
    KeepEffects,
    Listen,
    ListenMode,
    RunTool,
    SendCode,
    StartModel,
    SwitchVoice,
)
from voicebot.domain.call.events import (
    CallerSaid,
    CallStarted,
    CodeChecked,
    ModelFailed,
    ModelFinished,
    OperatorActed,
    SentenceReady,
    SilencePassed,
    ToolAsked,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.state import Assurance, CallState, Phase
from voicebot.domain.onboarding.phrases import CONSENT_WORDING
from voicebot.domain.onboarding.state import OnboardingPhase, Question
from voicebot.domain.person.effects import GiveConsent, SetOnboarding, SetProfile, SetVoice
from voicebot.domain.verification.codes import CodeOutcome

# --- from the welcome to the end ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        ("Hello, this is the bakery. How can I help you?", "Hello, this is the bakery."),
        ("Hello! This is Dr. Crumb's bakery! What can I do for you? ", "Hello! This is Dr. Crumb's bakery!"),
        ("How can I help you?", "How can I help you?"),
    ],
)
def test_a_greeting_ends_before_its_question_when_a_question_of_ours_follows(greeting, said):
    setup = replace(SETUP, greeting=greeting)

    guided = spoken(step(new_call(setup, NEW), CallStarted())[1])
    known = spoken(step(new_call(setup), CallStarted())[1])

    assert guided[0] == said
    assert known == [greeting.strip()]


def test_without_a_greeting_a_short_clip_stands_before_our_question():
    nameless = replace(SETUP, greeting="")

    assert clips(step(new_call(nameless, NEW), CallStarted())[1]) == ["hello"]
    assert clips(step(new_call(nameless), CallStarted())[1]) == ["greeting"]


def test_somebody_new_is_greeted_welcomed_and_asked_for_a_name():
    state, actions = welcomed()

    greeting, welcome = spoken(actions)
    assert greeting == SETUP.greeting
    assert welcome.startswith("Welcome!")
    assert welcome.endswith(NAME)
    assert turn_ends(actions) == [Listen]
    assert state.onboarding is not None
    assert state.onboarding.running


def test_a_call_without_onboarding_asks_nothing():
    state, actions = step(new_call(SETUP), CallStarted())

    assert spoken(actions) == [SETUP.greeting]
    assert state.onboarding is None


def test_a_whole_onboarding_by_call():
    state, _ = welcomed()
    effects: list[object] = []
    said: list[str] = []

    for words in ("My name is Ann Smith", "I live in Boston", "the second one", "I agree"):
        state, actions = says(state, words)
        effects += kept(actions)
        said += spoken(actions)
        assert not of_kind(actions, StartModel)
    assert of_kind(actions, SendCode) == [SendCode("sms")]
    assert of_kind(actions, Listen)[0].mode is ListenMode.CODE

    state, wrong = step(state, CodeChecked(CodeOutcome.WRONG))
    assert spoken(wrong)[0].startswith("That is not the code.")
    assert state.assurance is Assurance.NONE
    state, right = step(state, CodeChecked(CodeOutcome.APPROVED))

    assert effects == [
        SetProfile(first_name="Ann", last_name="Smith"),
        SetProfile(location="Boston"),
        SetVoice("v2"),
        GiveConsent("marketing", "granted", CONSENT_WORDING),
    ]
    assert kept(right) == [SetOnboarding("completed")]
    assert said[0] == f"Thank you, Ann. {PLACE}"
    assert state.assurance is Assurance.VERIFIED
    assert state.onboarding is not None
    assert state.onboarding.phase is OnboardingPhase.COMPLETED
    assert of_kind(right, Listen)[0].mode is ListenMode.SPEECH_AND_KEYS


def test_after_the_end_the_call_goes_on_with_the_model():
    state = at(Question.VERIFICATION, code_sent=True)
    state, _ = step(state, CodeChecked(CodeOutcome.APPROVED))

    state, actions = says(state, "When do you open?")

    assert len(of_kind(actions, StartModel)) == 1
    assert spoken(model_says(state, "At nine.")[1]) == ["At nine."]


def test_too_many_wrong_codes_put_it_off():
    state = at(Question.VERIFICATION, code_sent=True)

    state, actions = step(state, CodeChecked(CodeOutcome.LIMITED))

    assert state.onboarding is not None
    assert state.onboarding.phase is OnboardingPhase.POSTPONED
    assert of_kind(actions, Listen)[0].mode is ListenMode.SPEECH_AND_KEYS


def test_another_code_is_sent_or_read_out_as_the_caller_wishes():
    state = at(Question.VERIFICATION, code_sent=True)

    assert of_kind(says(state, "I did not get it")[1], SendCode) == [SendCode("sms")]
    assert of_kind(says(state, "please call me instead")[1], SendCode) == [SendCode("call")]


def test_the_chosen_voice_speaks_at_once():
    state, actions = says(at(Question.VOICE), "Brian")

    assert actions.index(SwitchVoice("v2")) < actions.index(of_kind(actions, KeepEffects)[0])
    assert state.voice_id == "v2"


def test_a_name_that_is_known_is_not_asked_for_and_not_told():
    known = replace(NEW, first_name="Zebulon", location="Timbuktu", verified=True)
    state, actions = welcomed(known)
    heard = spoken(actions)

    for words in ("skip", "no"):
        state, actions = says(state, words)
        heard += spoken(actions)

    assert kept(actions)[-1] == SetOnboarding("completed")
    assert not [each for each in heard if "Zebulon" in each or "Timbuktu" in each]


# --- corrections ----------------------------------------------------------------------------------


def test_a_wrong_name_is_asked_for_again_and_the_open_question_follows():
    state, _ = says(welcomed()[0], "Bob")

    state, actions = says(state, "No, that is not my name")
    assert spoken(actions)[-1].endswith(NAME)
    state, actions = says(state, "Rob")

    assert kept(actions) == [SetProfile(first_name="Rob", last_name="")]
    assert spoken(actions) == [f"Thank you, Rob. {PLACE}"]


def test_a_name_can_still_be_corrected_when_all_is_answered():
    state = at(Question.VERIFICATION, code_sent=True, first_name="Bob", location="Boston")
    state, _ = step(state, CodeChecked(CodeOutcome.APPROVED))

    state, actions = says(state, "My name is wrong, it is Rob")

    assert kept(actions) == [SetProfile(first_name="Rob", last_name="")]
    assert state.onboarding is not None
    assert state.onboarding.phase is OnboardingPhase.COMPLETED


# --- questions in between -------------------------------------------------------------------------


def test_a_question_is_answered_by_the_model_and_the_open_one_follows():
    state, actions = says(welcomed()[0], "When do you open?")
    assert len(of_kind(actions, StartModel)) == 1
    assert spoken(actions) == []

    state, actions = model_says(state, "At nine.")

    assert spoken(actions) == ["At nine.", "By the way, what is your name?"]
    assert turn_ends(actions) == [Listen]
    assert kept(says(state, "Ann Smith")[1]) == [SetProfile(first_name="Ann", last_name="Smith")]


def test_the_open_question_follows_twice_at_most():
    state, answers = welcomed()[0], []

    for _ in range(4):
        state, _ = says(state, "And what does it cost?")
        state, actions = model_says(state, "Nothing.")
        answers.append(len(spoken(actions)))

    assert answers == [2, 2, 1, 1]
    assert state.onboarding is not None
    assert state.onboarding.phase is OnboardingPhase.POSTPONED


def test_an_answer_in_between_begins_the_count_anew():
    state = welcomed()[0]
    for words in ("What is this?", "And what does it cost?"):
        state, _ = says(state, words)
        state, _ = model_says(state, "A line.")

    state, _ = says(state, "Ann Smith")

    assert state.asides == 0
    state, _ = says(state, "Why do you ask?")
    assert spoken(model_says(state, "To know you.")[1])[-1].startswith("By the way")


def test_continue_takes_up_what_was_put_off():
    state, _ = says(at(Question.LOCATION), "maybe later")
    state, actions = says(state, "When do you open?")
    assert spoken(model_says(state, "At nine.")[1]) == ["At nine."]

    state, actions = says(state, "continue")

    assert spoken(actions) == [PLACE]
    assert question_of(state) is Question.LOCATION


def test_a_model_that_fails_in_between_costs_no_answer():
    state, _ = says(at(Question.CONSENT), "Who are you?")

    state, actions = step(state, ModelFailed(state.gen, "timeout"))
    assert clips(actions) == ["apology_again"]
    # They say again what they asked, or agree that it went wrong.
    state, actions = says(state, "yes")
    assert kept(actions) == []
    state, actions = model_says(state, "The bakery.")

    assert spoken(actions)[-1] == f"By the way, {CONSENT[0].lower()}{CONSENT[1:]}"
    assert kept(says(state, "yes")[1]) == [GiveConsent("marketing", "granted", CONSENT_WORDING)]


def test_the_open_question_of_an_answer_that_failed_is_not_asked_where_it_is_closed():
    state, _ = says(welcomed()[0], "Who are you?")
    state, _ = step(state, ModelFailed(state.gen, "timeout"))
    state, _ = step(state, OperatorActed("say", "One moment."))

    assert state.by_the_way == ""


def test_nothing_is_asked_after_a_goodbye():
    state, _ = says(welcomed()[0], "What was that, who are you again?")
    state, _ = step(state, SentenceReady(state.gen, 0, "We are the bakery, goodbye."))
    state, _ = step(state, ToolAsked(state.gen, "1", "end_call"))

    state, actions = step(state, ModelFinished(state.gen))

    assert spoken(actions) == []
    assert state.phase is Phase.ENDING


@pytest.mark.parametrize("words", ["Goodbye", "ok thanks, bye bye", "I have to go", "Goodbye now."])
def test_a_goodbye_is_no_name_and_no_place(words: str):
    for question in (Question.NAME, Question.LOCATION):
        state, actions = says(at(question), words)

        assert len(of_kind(actions, StartModel)) == 1
        assert kept(actions) == []
        assert spoken(model_says(state, "Goodbye.")[1]) == ["Goodbye."]


def test_who_wants_a_person_is_not_called_operator():
    _, actions = says(welcomed()[0], "Operator, please")

    assert len(of_kind(actions, StartModel)) == 1
    assert kept(actions) == []


def test_tools_work_in_an_answer_in_between():
    state, _ = says(welcomed()[0], "Can you speak with another voice?")

    _, actions = step(state, ToolAsked(state.gen, "1", "change_voice"))

    assert len(of_kind(actions, RunTool)) == 1


# --- later calls ----------------------------------------------------------------------------------


def test_calling_back_begins_with_the_open_question():
    known = replace(NEW, phase=OnboardingPhase.RUNNING, question=Question.LOCATION, first_name="Ann")

    _, actions = welcomed(known)

    assert spoken(actions) == [SETUP.greeting, PLACE]


def test_a_code_of_another_call_is_sent_anew():
    state, actions = welcomed(
        replace(NEW, phase=OnboardingPhase.RUNNING, question=Question.VERIFICATION, code_sent=True)
    )

    assert of_kind(actions, SendCode) == [SendCode("sms")]
    assert state.expecting_code


def test_what_was_put_off_is_asked_in_the_next_call_and_what_was_refused_is_not():
    later, _ = says(at(Question.LOCATION), "maybe later")
    never, _ = says(at(Question.LOCATION), "I don't want to answer any of this")

    assert later.onboarding is not None
    assert spoken(welcomed(later.onboarding)[1])[-1] == PLACE
    assert never.onboarding is not None
    assert spoken(welcomed(never.onboarding)[1]) == [SETUP.greeting]


@pytest.mark.parametrize("phase", [OnboardingPhase.COMPLETED, OnboardingPhase.FAILED])
def test_an_onboarding_that_is_over_says_nothing(phase: OnboardingPhase):
    _, actions = welcomed(replace(NEW, phase=phase))

    assert spoken(actions) == [SETUP.greeting]


# --- across processes -----------------------------------------------------------------------------


def test_every_turn_can_go_on_from_json():
    state, other = welcomed()[0], welcomed()[0]
    events = [
        CallerSaid("Ann Smith", 0.9),
        CallerSaid("When do you open?", 0.9),
        SilencePassed(),
        CallerSaid("Boston", 0.9),
        CallerSaid("any", 0.9),
        CallerSaid("no", 0.9),
        CodeChecked(CodeOutcome.WRONG),
        CodeChecked(CodeOutcome.APPROVED),
    ]

    for event in events:
        state, actions = step(state, event)
        again = CallState.from_json(json.loads(json.dumps(other.to_json())))
        other, same = step(again, event)
        assert (state, actions) == (other, same)
        if of_kind(actions, StartModel):
            state, _ = model_says(state, "At nine.")
            other, _ = model_says(other, "At nine.")

    assert state.onboarding is not None
    assert state.onboarding.phase is OnboardingPhase.COMPLETED
