"""Handle the caller and the operator while the bot is silent.

The caller's words are stored, and the bot answers none of them. A caller and an operator who talk may be silent; a
caller who waits for an operator is asked for patience again and again.
"""

from dataclasses import replace

from voicebot.domain.call.actions import Action, ClearTimer, SetTimer
from voicebot.domain.call.caller import VERIFIED, begin_turn
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    CodeChecked,
    ConversationEvent,
    HeardSource,
    KeyPressed,
    SilencePassed,
)
from voicebot.domain.call.heard import drop_speculation, take_over
from voicebot.domain.call.moves import Move, Step, hear, in_order, listen, note
from voicebot.domain.call.state import Assurance, CallState, Phase
from voicebot.domain.call.stepping.commands import OPERATOR_GONE_TIMER, OPERATOR_RETURNS_S, ask_to_wait
from voicebot.domain.call.stepping.stepped import Held
from voicebot.domain.call.utterances import MAX_TEXT, Role, Utterance
from voicebot.domain.verification.codes import CodeOutcome


def meanwhile(state: CallState, event: ConversationEvent) -> Step | None:
    """Handle the caller's event; None when the bot's silence makes no difference to it."""
    match event:
        case CallerSaid(text, confidence):
            return _said(state, text, confidence)
        case KeyPressed(key):
            return _said(state, f"(pressed {key})", None)
        case CodeChecked(outcome, text):
            if outcome is CodeOutcome.APPROVED:
                state, _ = note(VERIFIED)(replace(state, assurance=Assurance.VERIFIED))
            return _said(state, text, None)
        case SilencePassed():
            return _silent(state)
        case CallerStarted() | CallerMaybeDone() | CallerResumed():
            return state, []
    return None


def _said(state: CallState, text: str, confidence: float | None) -> Step:
    words = text.strip()[:MAX_TEXT]
    usable = confidence if confidence is not None and 0 <= confidence <= 1 else None
    kept: list[Move] = [hear(words, usable)] if any(char.isalnum() for char in words) else []
    state, stopped = take_over(state)
    state, actions = in_order(begin_turn(state), *kept, listen if state.stepped.held else ask_to_wait)
    return state, [*stopped, *actions]


def _silent(state: CallState) -> Step:
    if state.phase is not Phase.LISTENING or state.transport_lost:
        return state, []
    return listen(state) if state.stepped.held else ask_to_wait(state)


def turn_reopened(state: CallState) -> Step:
    """Give the caller the word again, unless an answer is being made."""
    return in_order(state, drop_speculation, listen) if state.phase is Phase.LISTENING else (state, [])


def operator_said(state: CallState, text: str) -> Step:
    """Keep what an operator says to the caller: the bot knows it when it goes on."""
    words = text.strip()[:MAX_TEXT]
    if not state.stepped.held or not words:
        return state, []
    entry = Utterance(
        Role.OPERATOR, words, state.next_number, heard=len(words), heard_source=HeardSource.MARK
    )
    return state.remember(entry, next_number=state.next_number + 1), [entry.saved()]


def operator_joined(state: CallState) -> Step:
    """The operator is there."""
    cleared: list[Action] = [ClearTimer(OPERATOR_GONE_TIMER)]
    return state, cleared if state.stepped.held is Held.BY_BROWSER else []


def operator_left(state: CallState) -> Step:
    """The operator may come back within a moment; else the bot goes on."""
    awaited: list[Action] = [SetTimer(OPERATOR_GONE_TIMER, OPERATOR_RETURNS_S)]
    return state, awaited if state.stepped.held is Held.BY_BROWSER else []
