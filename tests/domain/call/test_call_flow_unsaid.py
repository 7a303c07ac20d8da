"""A caller who is asked our questions and says nothing, presses keys or means something else: what then is no answer."""

from dataclasses import replace

import pytest

from tests.domain.call.asked_caller import (
    ALONE,
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
from tests.domain.call.call_driver import clips, drive, of_kind, spoken
from voicebot.domain.call.actions import StartModel
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerSaid,
    CallerStarted,
    CallStarted,
    Event,
    Heard,
    HeardSource,
    KeyPressed,
    OperatorActed,
    SilencePassed,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.state import Phase
from voicebot.domain.onboarding.phrases import CONSENT_WORDING
from voicebot.domain.onboarding.state import Question
from voicebot.domain.person.effects import GiveConsent, SetProfile, SetVoice

# --- silence, sounds and keys ---------------------------------------------------------------------


def test_silence_gets_the_question_again_and_not_one_that_a_yes_would_answer():
    state, actions = step(at(Question.CONSENT), SilencePassed())

    assert clips(actions) == ["did_not_catch"]
    assert spoken(actions) == [CONSENT]
    assert kept(says(state, "I agree")[1]) == [GiveConsent("marketing", "granted", CONSENT_WORDING)]


def test_the_third_silence_ends_the_call():
    state, actions = drive(welcomed()[0], SilencePassed(), SilencePassed(), SilencePassed())

    assert clips(actions) == ["goodbye"]
    assert state.phase is Phase.ENDING


def test_a_digit_chooses_a_voice_and_is_no_name():
    assert kept(step(at(Question.VOICE), KeyPressed("2"))[1]) == [SetVoice("v2")]

    _, actions = step(welcomed()[0], KeyPressed("5"))
    assert spoken(actions)[-1].endswith(NAME)
    assert not of_kind(actions, StartModel)


def test_star_says_the_question_again_and_it_can_be_answered():
    state, actions = step(at(Question.LOCATION), KeyPressed("*"))
    assert spoken(actions) == [PLACE]

    assert kept(says(state, "Boston")[1]) == [SetProfile(location="Boston")]


def test_hash_ends_the_call_and_zero_connects_in_the_middle_of_it():
    assert step(welcomed()[0], KeyPressed("#"))[0].phase is Phase.ENDING
    assert step(welcomed()[0], KeyPressed("0"))[0].phase is Phase.TRANSFERRING


def test_a_message_for_the_operator_is_no_answer():
    state, _ = step(new_call(ALONE, NEW), CallStarted())
    state, _ = step(state, KeyPressed("0"))

    state, actions = says(state, "Ann Smith")

    assert kept(actions) == []
    assert question_of(state) is Question.NAME


def test_words_that_were_not_understood_are_asked_for_and_taken():
    state, actions = step(at(Question.LOCATION), CallerSaid("mumble", 0.1))
    assert clips(actions) == ["did_not_catch"]

    assert kept(says(state, "Boston")[1]) == [SetProfile(location="Boston")]


def test_a_tentative_end_starts_no_model_and_silence_after_it_counts_as_said():
    state, actions = step(at(Question.LOCATION), CallerMaybeDone("Boston", 0.9))
    assert actions == []

    assert kept(step(state, SilencePassed())[1]) == [SetProfile(location="Boston")]


def test_a_sound_over_an_answer_in_between_does_not_lose_the_open_question():
    state, _ = says(welcomed()[0], "When do you open?")
    state, _ = drive(state, CallerStarted(), SilencePassed())

    assert spoken(model_says(state, "At nine.")[1])[-1] == "By the way, what is your name?"


# --- what is no consent ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "between",
    [
        [OperatorActed("say", "Can you hear me?")],
        [KeyPressed("0")],
    ],
)
def test_a_yes_to_something_else_is_no_consent(between: list[Event]):
    state, _ = step(new_call(ALONE, at(Question.CONSENT).onboarding), CallStarted())
    state, _ = drive(state, *between)
    state = replace(state, taking_message=False)

    state, actions = says(state, "Yes")

    assert kept(actions) == []
    assert len(of_kind(actions, StartModel)) == 1


@pytest.mark.parametrize(
    ("chars", "source", "counts"),
    [
        (0, HeardSource.MARK, False),
        (30, HeardSource.MARK, True),
        (0, HeardSource.RELAY, False),
        # Gather knows only how much time has passed.
        (0, HeardSource.ESTIMATE, True),
    ],
)
def test_a_yes_over_a_question_of_which_nothing_was_heard_is_no_consent(
    chars: int, source: HeardSource, counts: bool
):
    state = at(Question.CONSENT)
    state, _ = step(state, Heard(state.committed_gen, 0, chars, source))

    _, actions = says(state, "Yes")

    assert bool(kept(actions)) is counts
