"""Drive a call through events and look at what comes of it; used by the tests of the call flow."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from voicebot.domain.call.actions import Action, HangUp, Listen, PlayClip, SaveUtterance, Speak, Transfer
from voicebot.domain.call.events import CallerSaid, CallStarted, Event, ModelFinished, SentenceReady
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState

OPERATOR = "+12025550199"
SETUP = CallSetup(greeting="Hello, this is the bakery.", transfer_to=(OPERATOR,))
SETUP_ALONE = replace(SETUP, transfer_to=())

Kind = TypeVar("Kind")


def drive(state: CallState, *events: Event) -> tuple[CallState, list[Action]]:
    """Return the state after all events and the actions of the last one."""
    actions: list[Action] = []
    for event in events:
        state, actions = step(state, event)
    return state, actions


def drive_all(state: CallState, *events: Event) -> tuple[CallState, list[Action]]:
    """Return the state after all events and the actions of all of them."""
    actions: list[Action] = []
    for event in events:
        state, more = step(state, event)
        actions += more
    return state, actions


def stored_and_read(state: CallState) -> CallState:
    """Return the state as it comes back from where it is kept."""
    return CallState.from_json(json.loads(json.dumps(state.to_json())))


def listening(setup: CallSetup = SETUP) -> CallState:
    """A call that has been greeted."""
    return drive(new_call(setup), CallStarted())[0]


def thinking(setup: CallSetup = SETUP, words: str = "When do you open?") -> CallState:
    """A call whose caller has just asked something; the answer is generation 1."""
    return drive(listening(setup), CallerSaid(words, 0.9))[0]


def speaking(setup: CallSetup = SETUP, *sentences: str) -> CallState:
    """A call in which the model has said sentences and may say more."""
    said = sentences or ("We open at eight.",)
    return drive(thinking(setup), *(SentenceReady(1, seq, text) for seq, text in enumerate(said)))[0]


def answered(setup: CallSetup = SETUP, *sentences: str) -> CallState:
    """A call in which the model has answered and the caller has the word."""
    return drive(speaking(setup, *sentences), ModelFinished(1))[0]


def of_kind(actions: Iterable[Action], kind: type[Kind]) -> list[Kind]:
    """The actions of one type."""
    return [action for action in actions if isinstance(action, kind)]


def without_saves(actions: Iterable[Action]) -> list[Action]:
    """The actions that the caller can notice."""
    return [action for action in actions if not isinstance(action, SaveUtterance)]


def clips(actions: Iterable[Action]) -> list[str]:
    """The names of the clips played."""
    return [action.name for action in of_kind(actions, PlayClip)]


def spoken(actions: Iterable[Action]) -> list[str]:
    """The sentences spoken."""
    return [action.text for action in of_kind(actions, Speak)]


def turn_ends(actions: Iterable[Action]) -> list[type[Action]]:
    """Which of Listen, HangUp and Transfer there are."""
    return [type(action) for action in actions if isinstance(action, Listen | HangUp | Transfer)]
