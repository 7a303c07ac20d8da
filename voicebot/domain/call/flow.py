"""Decide what a phone call does next.

Pure: no clock, network, database or randomness. Whoever calls `step` reports what happened
and carries out what comes back, so one flow serves every transport, and a log of events
replays to the same actions.

What `step` relies on: every StartModel is followed by ModelFinished or ModelFailed of its
generation, every ReadAnswer by AnswerRead, every RunTool by ToolFinished, every Transfer by TransferEnded or CallEnded; and
after StopSpeaking the transport reports by `Heard` how much of each utterance was played.
"""

import re
from dataclasses import replace
from typing import assert_never

from voicebot.domain.call.actions import Action, Record, SetTimer
from voicebot.domain.call.answers import model_reported, tool_finished
from voicebot.domain.call.caller import (
    caller_maybe_done,
    caller_said,
    caller_started,
    code_checked,
    key_pressed,
    silence_passed,
)
from voicebot.domain.call.events import (
    AnswerRead,
    CallEnded,
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    CallStarted,
    CodeChecked,
    ConversationEvent,
    Event,
    Heard,
    KeyPressed,
    LanguageHeard,
    MachineJudged,
    ModelFailed,
    ModelFinished,
    MoneySpent,
    OperatorActed,
    OperatorJoined,
    OperatorLeft,
    OperatorSaid,
    SentenceReady,
    SilencePassed,
    TimerFired,
    ToolAsked,
    ToolFinished,
    TransferEnded,
    TransportLost,
    TransportResumed,
    TurnReopened,
)
from voicebot.domain.call.heard import drop_speculation, heard
from voicebot.domain.call.languages.switch import language_heard
from voicebot.domain.call.line import (
    MAX_DURATION_TIMER,
    call_ended,
    money_spent,
    timer_fired,
    transfer_ended,
    transport_lost,
    transport_resumed,
)
from voicebot.domain.call.moves import Move, Step, in_order, listen, play, say
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.pickup.flow import (
    MAILBOX_TIMER,
    awaited,
    machine_judged,
    mailbox_is_quiet,
    picker_maybe_done,
    picker_pressed,
    picker_said,
    picker_silent,
    picker_started,
)
from voicebot.domain.call.questions import answer_read, is_asked_first, welcome
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState, Consent, Phase
from voicebot.domain.call.stepping.commands import operator_acted
from voicebot.domain.call.stepping.meanwhile import (
    meanwhile,
    operator_joined,
    operator_left,
    operator_said,
    turn_reopened,
)
from voicebot.domain.onboarding.state import OnboardingState

_LAST_QUESTION = re.compile(r"(?<=[.!])\s+[^.!?]+\?$")


def new_call(setup: CallSetup, onboarding: OnboardingState | None = None) -> CallState:
    """Return the state of a call that has just begun. With `onboarding` the caller is asked our questions."""
    return CallState(setup=setup, voice_id=setup.voice_id, onboarding=onboarding)


def step(state: CallState, event: Event) -> tuple[CallState, list[Action]]:
    """Advance one call by one event; events that no longer apply change nothing."""
    if state.phase is Phase.ENDED:
        return state, []
    match event:
        case CallStarted():
            return _begin(state) if state.phase is Phase.NEW else (state, [])
        case CallEnded(reason):
            return call_ended(state, reason)
        case Heard():
            return heard(state, event)
        case OperatorActed():
            return operator_acted(state, event)
        case TimerFired(name) if name == MAILBOX_TIMER:
            return mailbox_is_quiet(state)
        case TimerFired(name):
            return timer_fired(state, name)
        case MoneySpent():
            return money_spent(state)
        case TransferEnded(outcome):
            return transfer_ended(state, outcome)
        case TransportLost():
            return transport_lost(state)
        case TransportResumed():
            return transport_resumed(state)
        case _:
            return _converse(state, event) if state.conversing else (state, [])


def _converse(state: CallState, event: ConversationEvent) -> Step:
    if state.stepped.silent and (done := meanwhile(state, event)) is not None:
        return done
    match event:
        case CallerSaid(text, confidence):
            return picker_said(state, text, lambda known: caller_said(known, text, confidence))
        case KeyPressed(key):
            return picker_pressed(state, lambda known: key_pressed(known, key))
        case CodeChecked():
            return code_checked(state, event)
        case SilencePassed():
            return picker_silent(state, silence_passed)
        case MachineJudged(listens):
            return machine_judged(state, listens=listens)
        case CallerStarted():
            return picker_started(state, caller_started)
        case CallerMaybeDone(text, confidence):
            return picker_maybe_done(state, text, lambda known: caller_maybe_done(known, text, confidence))
        case LanguageHeard(language):
            return language_heard(state, language)
        case CallerResumed():
            return picker_started(state, _resumed)
        case SentenceReady() | ToolAsked() | ModelFinished() | ModelFailed():
            return model_reported(state, event)
        case AnswerRead():
            return answer_read(state, event)
        case ToolFinished():
            return tool_finished(state, event)
        case TurnReopened():
            return turn_reopened(state)
        case OperatorSaid(text):
            return operator_said(state, text)
        case OperatorJoined():
            return operator_joined(state)
        case OperatorLeft():
            return operator_left(state)
        case _:
            assert_never(event)


def _resumed(state: CallState) -> Step:
    # Going on after the end of a turn is a new sound over the answer to it.
    return caller_started(state) if state.answering else drop_speculation(state)


def _begin(state: CallState) -> Step:
    setup, state = state.setup, awaited(state)
    opening: list[Move] = [_announce_recording] if setup.record else []
    opening += [_greet, welcome, _limit_duration, listen]
    return in_order(state, *opening)


def _announce_recording(state: CallState) -> Step:
    words = state.setup.recording_announcement.strip()
    announce = (
        say(0, 0, words, interruptible=False)
        if words
        else play(Phrase.RECORDING_ANNOUNCEMENT, interruptible=False)
    )
    state, actions = announce(state)
    return replace(state, recording=True, consent=Consent.ANNOUNCED), [*actions, Record()]


def _greet(state: CallState) -> Step:
    words = state.setup.greeting.strip()
    if is_asked_first(state):
        # Two questions in a row: nobody could tell which of them an answer belongs to.
        words = _LAST_QUESTION.sub("", words)
    announced = any(entry.gen == 0 for entry in state.history)
    if words:
        return say(0, int(announced), words)(state)
    return play(Phrase.HELLO if is_asked_first(state) else Phrase.GREETING)(state)


def _limit_duration(state: CallState) -> Step:
    return state, [SetTimer(MAX_DURATION_TIMER, state.setup.max_duration_s)]
