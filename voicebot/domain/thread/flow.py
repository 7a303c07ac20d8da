"""Decide what a thread of texts does next.

Pure: no clock, network, database or randomness. Whoever calls `step` reports what happened and carries out what comes
back. One turn is TextsReceived with all unanswered messages, AnswerRead when it asks for a reading, and, when it asks for
the model, ModelAnswered or AnswerFailed. The actions of a whole turn belong into the one transaction that commits its answer: a turn that breaks
off in between is taken up again from the state before it.
"""

from dataclasses import replace

from voicebot.domain.onboarding import flow as onboarding
from voicebot.domain.onboarding.moves import OnboardingTurn
from voicebot.domain.onboarding.state import OnboardingPhase, Question
from voicebot.domain.person.effects import Escalate
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.texts.split import MOST_MESSAGES, split_text
from voicebot.domain.thread.actions import ThreadAction
from voicebot.domain.thread.events import (
    AnswerFailed,
    AnswerRead,
    CodeCheckedElsewhere,
    ModelAnswered,
    OnboardingWanted,
    ReminderDue,
    TextsReceived,
    ThreadEvent,
)
from voicebot.domain.thread.moves import Step, knowing, onboard, said, send
from voicebot.domain.thread.phrases import MODEL_FAILED, MODEL_FAILED_AGAIN, NOTED_FOR_TEAM
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.thread.turn import answer_read, texts_received
from voicebot.domain.verification.codes import CodeOutcome

MAX_NOTE = 2000
FAILURES_FOR_A_PERSON = 2
"""Turns in a row without an answer after which the operators are told."""


def step(state: ThreadState, event: ThreadEvent) -> tuple[ThreadState, list[ThreadAction]]:
    """Advance one thread by one event; events that no longer apply change nothing, and after STOP nothing is sent."""
    match event:
        case TextsReceived():
            return texts_received(state, event) if event.texts else (state, [])
        case CodeCheckedElsewhere(outcome):
            return _code_checked(state, outcome)
    if state.stopped:
        return state, []
    match event:
        case AnswerRead(words, reading):
            return answer_read(state, words, reading) if state.reading else (state, [])
        case ModelAnswered(text, note):
            return _model_answered(state, text, note) if state.asking else (state, [])
        case AnswerFailed():
            return _model_failed(state) if state.asking else (state, [])
        case OnboardingWanted():
            return _onboarding_wanted(state, event)
        case ReminderDue(number):
            return onboard(_new_turn(state), onboarding.remind(state.onboarding, number), TextKind.REMINDER)


def _new_turn(state: ThreadState) -> ThreadState:
    return replace(state, sent=0, asking=False)


def _model_answered(state: ThreadState, text: str, note: str) -> Step:
    text = text or (said(state, NOTED_FOR_TEAM) if note else "")
    room = MOST_MESSAGES - state.sent
    following = _after_the_answer(state)
    messages = split_text(text, most=max(1, room - bool(following.reply)))
    if not messages:
        return _model_failed(state)
    state, actions = send(replace(state, asking=False, failures=0), messages)
    if note:
        actions.append(Escalate("message", note[:MAX_NOTE]))
    return _then(state, actions, following)


def _model_failed(state: ThreadState) -> Step:
    """Say so once, in the words of a turn; the second such turn in a row is for a person."""
    following = _after_the_answer(state)
    failures = state.failures + 1
    state = replace(state, asking=False, failures=failures)
    words = MODEL_FAILED if failures < FAILURES_FOR_A_PERSON else MODEL_FAILED_AGAIN
    state, actions = send(state, (said(state, words),))
    if failures == FAILURES_FOR_A_PERSON:
        actions.append(Escalate("model_failed"))
    return _then(state, actions, following)


def _after_the_answer(state: ThreadState) -> OnboardingTurn:
    """Return what the onboarding says after the answer to something else: its welcome, or the open question again."""
    if not state.onboarding.running:
        return OnboardingTurn(state.onboarding)
    if not state.onboarding.welcomed:
        return onboarding.welcome_owed(state.onboarding)
    return onboarding.asked_by_the_way(state.onboarding)


def _then(state: ThreadState, actions: list[ThreadAction], turn: OnboardingTurn) -> Step:
    state, more = onboard(state, turn)
    return state, [*actions, *more]


def _onboarding_wanted(state: ThreadState, event: OnboardingWanted) -> Step:
    state = knowing(_new_turn(state), event.person)
    standing = state.onboarding
    if standing.phase is OnboardingPhase.COMPLETED:
        return state, []
    if standing.unfinished and (standing.welcomed or event.call_dropped):
        return onboard(state, onboarding.resume(standing, call_dropped=event.call_dropped))
    return onboard(state, onboarding.begin(standing, event.voices))


def _code_checked(state: ThreadState, outcome: CodeOutcome) -> Step:
    """Take a code that was checked elsewhere; only an onboarding that waited for it says something here."""
    waited = state.onboarding.unfinished and state.onboarding.question is Question.VERIFICATION
    turn = onboarding.code_checked(state.onboarding, outcome)
    if state.stopped or not (waited and outcome is CodeOutcome.APPROVED):
        verified = outcome is CodeOutcome.APPROVED or state.onboarding.verified
        return replace(state, onboarding=replace(state.onboarding, verified=verified)), []
    return onboard(_new_turn(state), turn)
