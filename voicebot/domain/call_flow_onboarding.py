"""Onboarding by telephone: the machine that texts use too, asked and answered in a call.

What the caller asks in between is answered by the model, and the open question follows. A caller who asks and asks is
left alone with it: the call is theirs.
"""

from dataclasses import replace

from voicebot.domain import onboarding
from voicebot.domain.actions import Action, KeepEffects, SendCode
from voicebot.domain.call_flow_moves import Move, Step, in_order, listen, say_as_new_answer, start_model
from voicebot.domain.call_state import CallState
from voicebot.domain.onboarding import Channel, OnboardingTurn
from voicebot.domain.onboarding_state import OnboardingPhase, Question
from voicebot.domain.thread_actions import StartVerification

MAX_ASIDES = 2
"""So often the open question follows an answer to something else; then it waits for another day."""


def is_guided(state: CallState) -> bool:
    """Whether the caller's words answer a question of the onboarding first."""
    return state.onboarding is not None and state.onboarding.running


def welcome(state: CallState) -> Step:
    """Begin where the person stands: from the start, or with the very question that is open."""
    if state.onboarding is None:
        return state, []
    begun = state.onboarding
    if begun.phase is OnboardingPhase.IDLE:
        turn = onboarding.begin(begun, begun.voices, Channel.CALL)
    else:
        turn = onboarding.resume(begun, Channel.CALL)
    return _keep(turn)(state)


def onboard(words: str) -> Move:
    """Take what the caller said as an answer, or have the model answer it first."""

    def move(state: CallState) -> Step:
        assert state.onboarding is not None
        return _go_on(onboarding.answer(state.onboarding, words, Channel.CALL))(state)

    return move


def take_code(outcome: str) -> Move:
    """Go on after a code, right or wrong."""

    def move(state: CallState) -> Step:
        assert state.onboarding is not None
        return _go_on(onboarding.code_checked(state.onboarding, outcome, Channel.CALL))(state)

    return move


def say_by_the_way(state: CallState) -> Step:
    """Ask the open question again, after the model has answered something else."""
    words, state = state.by_the_way, replace(state, by_the_way="")
    return say_as_new_answer(words)(state) if words else (state, [])


def _go_on(turn: OnboardingTurn) -> Move:
    def move(state: CallState) -> Step:
        if not turn.ask_model:
            return in_order(replace(state, asides=0), _keep(turn), listen)
        state = replace(state, asides=state.asides + 1, by_the_way=turn.reply)
        if state.asides > MAX_ASIDES and state.onboarding is not None:
            later = replace(state.onboarding, phase=OnboardingPhase.POSTPONED)
            return start_model(replace(state, onboarding=later, by_the_way=""))
        return in_order(state, _keep(replace(turn, reply="")), start_model)

    return move


def _keep(turn: OnboardingTurn) -> Move:
    """Say the machine's words, and have what it found out kept."""

    def move(state: CallState) -> Step:
        asked = turn.state.running and turn.state.question is Question.VERIFICATION
        state = replace(state, onboarding=turn.state, expecting_code=asked)
        said = say_as_new_answer(turn.reply)(state) if turn.reply else (state, [])
        codes = [SendCode(effect.channel) for effect in turn.effects if isinstance(effect, StartVerification)]
        kept = tuple(effect for effect in turn.effects if not isinstance(effect, StartVerification))
        actions: list[Action] = [*said[1], *([KeepEffects(kept)] if kept else []), *codes]
        return said[0], actions

    return move
