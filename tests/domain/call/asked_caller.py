"""A caller who is asked our questions, for tests of the pure flow: set up, driven, and what was kept of it."""

from dataclasses import replace

from tests.domain.call.call_driver import SETUP, drive, of_kind
from voicebot.domain.call.actions import Action, KeepEffects
from voicebot.domain.call.events import CallerSaid, CallStarted, ModelFinished, SentenceReady
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.state import CallState
from voicebot.domain.onboarding.state import OnboardingPhase, OnboardingState, Question, Voice

VOICES = (Voice("v1", "Anna", "female"), Voice("v2", "Brian", "male"))
NEW = OnboardingState(voices=VOICES)
ALONE = replace(SETUP, transfer_to=())
NAME, PLACE = "What is your name?", "Which city or region do you live in?"
CONSENT = (
    "May we also text or call you with news and offers? Please say I agree, or no; a no has no other effect."
)


def welcomed(known: OnboardingState = NEW) -> tuple[CallState, list[Action]]:
    return step(new_call(SETUP, known), CallStarted())


def at(question: Question, **known: object) -> CallState:
    """A call in which this question has just been asked."""
    standing = replace(NEW, phase=OnboardingPhase.RUNNING, question=question, welcomed=True, **known)
    return welcomed(standing)[0]


def says(state: CallState, *words: str) -> tuple[CallState, list[Action]]:
    return drive(state, *(CallerSaid(each, 0.9) for each in words))


def model_says(state: CallState, words: str) -> tuple[CallState, list[Action]]:
    """The model answers in one sentence; the actions of both events."""
    state, first = step(state, SentenceReady(state.gen, 0, words))
    state, rest = step(state, ModelFinished(state.gen))
    return state, [*first, *rest]


def kept(actions: list[Action]) -> list[object]:
    return [effect for action in of_kind(actions, KeepEffects) for effect in action.effects]


def question_of(state: CallState) -> Question:
    assert state.onboarding is not None
    return state.onboarding.question
