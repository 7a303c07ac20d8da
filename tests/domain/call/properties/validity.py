"""What holds for a call after any event: of its state, of what it does, and of who is waited for."""

import json
from dataclasses import replace
from typing import Any

from tests.domain.call.call_driver import clips, turn_ends
from tests.domain.call.properties.drawn import OPERATORS_PHONE
from voicebot.domain.call.actions import (
    Action,
    CancelModel,
    HangUp,
    KeepEffects,
    Listen,
    NoteCommand,
    PlayClip,
    ReadAnswer,
    RunTool,
    SaveUtterance,
    SendCode,
    Speak,
    StartModel,
    Transfer,
)
from voicebot.domain.call.answers import MAX_TOOL_CALLS
from voicebot.domain.call.events import (
    AnswerRead,
    CallerSaid,
    CodeChecked,
    Event,
    KeyPressed,
    ModelFailed,
    ModelFinished,
    OperatorActed,
    SilencePassed,
    TimerFired,
    ToolFinished,
    TransferEnded,
    TransferOutcome,
)
from voicebot.domain.call.flow import step
from voicebot.domain.call.history import last_words
from voicebot.domain.call.phrases import ENGLISH
from voicebot.domain.call.pickup.flow import MAILBOX_TIMER
from voicebot.domain.call.questions import MAX_ASIDES
from voicebot.domain.call.state import MAX_HISTORY, MAX_HISTORY_CHARS, Answer, Assurance, CallState, Phase
from voicebot.domain.call.stepping.commands import OPERATOR_GONE_TIMER
from voicebot.domain.onboarding.phrases import ask
from voicebot.domain.onboarding.state import Medium, Question
from voicebot.domain.person.effects import GiveConsent, StartVerification
from voicebot.domain.verification.codes import CodeOutcome

PHASE_AFTER = {Listen: Phase.LISTENING, HangUp: Phase.ENDING, Transfer: Phase.TRANSFERRING}


def assert_valid(state: CallState) -> None:
    answer = state.answer
    assert state.committed_gen <= state.gen
    assert answer.speculative == (answer.speculative and state.phase is Phase.LISTENING)
    assert not answer.speculative or state.gen > state.committed_gen
    assert not answer.held or answer.speculative
    # Who thinks or speaks has something under way that will end the turn.
    assert state.answering == (answer.busy and not answer.speculative)
    assert state.answering or answer.speculative or answer == Answer()
    assert (state.end_reason is not None) == (state.phase in (Phase.ENDING, Phase.ENDED))
    assert len(state.history) <= MAX_HISTORY
    assert sum(entry.size for entry in state.history) <= MAX_HISTORY_CHARS
    assert state.asides <= MAX_ASIDES + 1
    # The open question follows an answer only while it is open.
    assert not state.by_the_way or (state.onboarding is not None and state.onboarding.running)
    numbers = [entry.number for entry in state.history if entry.number is not None]
    assert numbers == sorted(set(numbers))
    assert all(number < state.next_number for number in numbers)


def assert_allowed(before: CallState, state: CallState, actions: list[Action]) -> None:
    ends = turn_ends(actions)
    assert len(ends) <= 1
    if ends:
        assert state.phase is PHASE_AFTER[ends[0]]
    elif state.phase in PHASE_AFTER.values():
        # The floor changes hands by an action only.
        assert state.phase is before.phase
    for action in actions:
        match action:
            case Speak(gen=gen) | RunTool(gen=gen):
                assert gen <= state.committed_gen
            case ReadAnswer(gen):
                assert gen == state.gen > before.gen and state.answer.reading
            case StartModel(gen, speculative):
                assert gen == state.gen > before.gen
                assert speculative == (gen > state.committed_gen)
            case PlayClip(name, seq):
                assert name in ENGLISH
                assert 0 <= seq < state.next_number
            case Transfer(to=to):
                assert to == ((OPERATORS_PHONE,) if state.stepped.held else state.setup.transfer_to)
            case SaveUtterance(number):
                assert 0 <= number < state.next_number
    if any(isinstance(action, RunTool) for action in actions):
        assert all(action.name in state.setup.tools for action in actions if isinstance(action, RunTool))
        assert state.tool_calls <= MAX_TOOL_CALLS


def assert_guided_fairly(before: CallState, event: Event, state: CallState, actions: list[Action]) -> None:
    """Consent is given only to its question, codes go out only to who is asked, and only a right one verifies."""
    for action in actions:
        match action:
            case SendCode(channel):
                assert state.onboarding is not None
                assert channel in ("sms", "call")
            case KeepEffects(effects):
                assert effects
                assert not [effect for effect in effects if isinstance(effect, StartVerification)]
                if any(isinstance(effect, GiveConsent) for effect in effects):
                    assert isinstance(event, CallerSaid | SilencePassed | KeyPressed | AnswerRead)
                    assert_consent_was_asked(before)
    noted = [action.id for action in actions if isinstance(action, NoteCommand)]
    asked = isinstance(event, OperatorActed) and event.command and before.phase is not Phase.ENDED
    assert noted == ([7] if asked else [])
    if state.assurance is not before.assurance:
        assert event == CodeChecked(CodeOutcome.APPROVED)
        assert state.assurance is Assurance.VERIFIED


def assert_consent_was_asked(before: CallState) -> None:
    assert before.onboarding is not None
    if before.onboarding.question is Question.CONSENT:
        asked = ask(before.onboarding, Medium.CALL).lower()
        assert last_words(before)[-1].text.lower().endswith(asked)


def assert_no_model_runs_unwatched(
    before: CallState, event: Event, state: CallState, actions: list[Action]
) -> None:
    """A model that is no longer waited for has finished, has failed or is told to stop."""
    still_waited_for = state.answer.running and state.gen == before.gen
    if before.answer.running and not still_waited_for and not isinstance(event, ModelFinished | ModelFailed):
        assert CancelModel(before.gen) in actions


def assert_messages_well_formed(messages: list[dict[str, Any]]) -> None:
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop(0)
            continue
        assert not waiting
        waiting = [call["id"] for call in message.get("tool_calls", [])]
        assert message["content"] or waiting
        for call in message.get("tool_calls", []):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
    assert not waiting


def assert_no_wedge(state: CallState) -> None:
    """Let everything under way finish and the caller speak: something must come of it."""
    for _ in range(20):
        if state.phase is Phase.TRANSFERRING:
            state, actions = step(state, TransferEnded(TransferOutcome.NO_ANSWER))
        elif state.answer.reading:
            state, actions = step(state, AnswerRead(state.gen))
        elif state.answering and state.answer.open_tools:
            state, actions = step(state, ToolFinished(state.gen, state.answer.open_tools[0], True, "done"))
        elif state.answering:
            state, actions = step(state, ModelFinished(state.gen))
        else:
            break
    if state.stepped.held and state.conversing:
        # Two people may talk for as long as they like.
        state, actions = step(replace(state, transport_lost=False), TimerFired(OPERATOR_GONE_TIMER))
        assert clips(actions)
        return
    if state.phase is not Phase.LISTENING:
        assert state.phase in (Phase.NEW, Phase.ENDING, Phase.ENDED)
        return
    state, actions = step(replace(state, transport_lost=False), CallerSaid("a rare question", 0.9))
    if state.answer.reading:
        state, actions = step(state, AnswerRead(state.gen))
    if state.pickup and state.pickup.message_due:
        # A mailbox that still speaks is waited for.
        state, actions = step(state, TimerFired(MAILBOX_TIMER))
    assert any(isinstance(action, StartModel | PlayClip | Speak) for action in actions)
