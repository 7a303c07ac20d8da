"""Events of the line, not of the talk: timers, transfers, operators, a broken socket, the end."""

from dataclasses import replace

from voicebot.domain.call.actions import Action, CancelModel, ClearTimer, SetOutcome, SetTimer
from voicebot.domain.call.caller import begin_turn
from voicebot.domain.call.events import TransferOutcome
from voicebot.domain.call.heard import say_unheard, take_over
from voicebot.domain.call.moves import (
    Step,
    escalate,
    hang_up,
    in_order,
    listen,
    note,
    note_outcome,
    play,
    say_goodbye,
)
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import Answer, CallOutcome, CallState, EndReason, Phase
from voicebot.domain.call.stepping.commands import (
    MUTED_TIMER,
    OPERATOR_GONE_TIMER,
    awaits_operator,
    give_back,
    left_alone,
)
from voicebot.domain.call.stepping.stepped import Held, Stepped

MAX_DURATION_TIMER = "max_duration"
TRANSPORT_TIMER = "transport"
TRANSFER_UNANSWERED = "transfer_unanswered"
CALL_COST = "call_cost"
TRANSPORT_WAIT_S = 15
"""How long a broken socket may take to come back."""


def timer_fired(state: CallState, name: str) -> Step:
    """End a call that has lasted long enough, or whose socket did not come back."""
    if name == MAX_DURATION_TIMER:
        if state.phase is Phase.TRANSFERRING or state.stepped.held:
            # Two people talk with each other; only a caller who comes back to the bot is out of time.
            return replace(state, time_is_up=True), []
        if state.conversing:
            return in_order(state, take_over, say_goodbye(Phrase.TIME_IS_UP, EndReason.MAX_DURATION))
    if name == MUTED_TIMER:
        return left_alone(state)
    if name == OPERATOR_GONE_TIMER and state.stepped.held is Held.BY_BROWSER and state.conversing:
        return give_back(state, left=True)
    if name == TRANSPORT_TIMER and state.transport_lost and state.conversing:
        return in_order(state, take_over, hang_up(EndReason.TRANSPORT_LOST))
    return state, []


def money_spent(state: CallState) -> Step:
    """End a call that has cost enough, and have somebody look at it; a talk between two people goes on."""
    if not state.conversing:
        return state, []
    if state.stepped.held:
        return replace(state, time_is_up=True), []
    goodbye = say_goodbye(Phrase.COST_REACHED, EndReason.MAX_COST)
    return in_order(state, take_over, escalate(CALL_COST), goodbye)


def transfer_ended(state: CallState, outcome: TransferOutcome) -> Step:
    """End the call after the talk with a person; if there was none, the bot has the caller back."""
    if state.phase is not Phase.TRANSFERRING:
        return state, []
    by_operator = state.stepped.held is Held.BY_PHONE
    if by_operator and outcome is TransferOutcome.COMPLETED:
        # The operator has put the telephone down; a caller who has not is the bot's again.
        return give_back(replace(state, phase=Phase.LISTENING))
    state = replace(state, stepped=Stepped())
    if outcome is TransferOutcome.COMPLETED:
        return in_order(state, note_outcome(CallOutcome.TRANSFERRED), hang_up(EndReason.TRANSFERRED))
    word = outcome.value.replace("-", "_")
    noted = (
        note_outcome(CallOutcome(f"transfer_{word}")),
        note(
            f"The transfer failed ({outcome.value}). It is noted for the team that the caller wants a person."
        ),
        escalate(TRANSFER_UNANSWERED),
    )
    if state.time_is_up:
        return in_order(state, *noted, say_goodbye(Phrase.TIME_IS_UP, EndReason.MAX_DURATION))
    return in_order(begin_turn(state), *noted, play(Phrase(f"transfer_{word}")), listen)


def transport_lost(state: CallState) -> Step:
    """Wait a while for the socket; what is said meanwhile is kept for it."""
    if state.transport_lost or not state.conversing:
        return state, []
    return replace(state, transport_lost=True), [SetTimer(TRANSPORT_TIMER, TRANSPORT_WAIT_S)]


def transport_resumed(state: CallState) -> Step:
    """Say again what was not heard, and go on where the call stood."""
    if not state.transport_lost:
        return state, []
    cleared: list[Action] = [ClearTimer(TRANSPORT_TIMER)]
    state, again = say_unheard(replace(state, transport_lost=False))
    if state.phase is not Phase.LISTENING:
        return state, [*cleared, *again]
    # The word was already the caller's; the new socket has to be told, an answer in the making stays.
    answer = state.answer
    state, listening = listen(state)
    return replace(state, answer=answer), [*cleared, *again, *listening, *awaits_operator(state)]


def call_ended(state: CallState, reason: str) -> Step:
    """Close the call; a reason that was decided before stays."""
    told = EndReason(reason) if reason in set(EndReason) else EndReason.FAILED
    decided = state.end_reason or told
    actions: list[Action] = [CancelModel(state.gen)] if state.answer.busy else []
    if state.phase is not Phase.NEW:
        actions.append(ClearTimer(MAX_DURATION_TIMER))
    if state.transport_lost:
        actions.append(ClearTimer(TRANSPORT_TIMER))
    actions.append(SetOutcome(outcome=state.outcome, end_reason=decided.value))
    state = replace(state, phase=Phase.ENDED, answer=Answer(), end_reason=decided, transport_lost=False)
    return state, actions
