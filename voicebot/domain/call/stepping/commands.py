"""Decide what follows when an operator steps in, and while an operator has the call.

Each command is answered once with `NoteCommand`: done, or why not. A command interrupts what is being said; words that
an operator has the bot say wait for the end of the sentence.
"""

from dataclasses import replace
from typing import assert_never

from voicebot.domain.call.actions import (
    Action,
    Bridge,
    CancelModel,
    ClearTimer,
    NoteCommand,
    SetTimer,
    StopSpeaking,
    Transfer,
)
from voicebot.domain.call.caller import begin_turn
from voicebot.domain.call.events import OperatorActed
from voicebot.domain.call.heard import drop_speculation, take_over, unheard
from voicebot.domain.call.moves import (
    Move,
    Step,
    ask_for_person,
    hang_up,
    in_order,
    listen,
    note,
    play,
    say_as_new_answer,
    say_goodbye,
    start_model,
)
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import Answer, CallState, EndReason, Phase
from voicebot.domain.call.stepping.kinds import StepKind
from voicebot.domain.call.stepping.stepped import Held, Stepped
from voicebot.domain.call.utterances import Role
from voicebot.domain.languages.tongues import tongue_of

MUTED_TIMER = "muted"
OPERATOR_GONE_TIMER = "operator_gone"
OPERATOR_JOINS_S = 10
"""How long the sound of an operator who takes a call over may take to come."""
OPERATOR_RETURNS_S = 5
"""How long it may be gone."""
MOST_MUTED_S = 120
"""An operator who mutes the bot and then does nothing would leave the caller alone, so the bot goes on by itself after
this time.
"""
WHISPERED = """A person of the team tells you this, and the caller does not hear it:

{text}

Act on it in your next words, and do not mention it."""
GIVEN_BACK = "A person of the team has talked with the caller, and gives the call back to you; the caller is told so. Go on from what was said; do not greet anew."
WAITS = (Phrase.PERSON_JOINS, Phrase.PERSON_JOINS_SOON)


def operator_acted(state: CallState, event: OperatorActed) -> Step:
    """Do what an operator wants, or note why it cannot be done."""
    refused, number = _refusal(state, event), state.next_number
    if refused is None:
        state, actions = _act(state, event)
    else:
        actions = []
    if event.command:
        actions = [*actions, NoteCommand(event.command, refused or "", number)]
    return state, actions


def _refusal(state: CallState, event: OperatorActed) -> str | None:
    if event.action not in set(StepKind):
        return "wrong_kind"
    kind, stepped = StepKind(event.action), state.stepped
    if state.phase is Phase.TRANSFERRING:
        # The carrier has the caller; it was told to ask us.
        by_phone = kind is StepKind.GIVE_BACK and stepped.held is Held.BY_PHONE
        return None if by_phone or kind is StepKind.END else "with_a_person"
    if not state.conversing:
        return "call_over"
    match kind:
        case StepKind.WHISPER | StepKind.SAY if not event.text.strip():
            return "words_missing"
        case StepKind.SAY | StepKind.MUTE if stepped.held:
            return "held"
        case StepKind.MUTE if stepped.muted:
            return "muted"
        case StepKind.UNMUTE if not stepped.muted:
            return "not_muted"
        case StepKind.TAKE_OVER if stepped.held and stepped.by != event.by:
            return "taken_over"
        case StepKind.GIVE_BACK if not stepped.held:
            return "not_taken_over"
        case StepKind.TRANSFER if not state.setup.transfer_to:
            return "nobody_to_transfer_to"
    return None


def _act(state: CallState, event: OperatorActed) -> Step:
    kind = StepKind(event.action)
    match kind:
        case StepKind.WHISPER:
            return in_order(state, drop_speculation, note(WHISPERED.replace("{text}", event.text.strip())))
        case StepKind.SAY:
            return _say(state, event.text.strip())
        case StepKind.MUTE:
            return _mute(state)
        case StepKind.UNMUTE:
            return in_order(replace(state, stepped=Stepped()), _clear_muted, _go_on)
        case StepKind.TAKE_OVER:
            return (_connect_phone if event.phone else _bridge)(state, event)
        case StepKind.GIVE_BACK:
            return give_back(replace(state, phase=Phase.LISTENING))
        case StepKind.TRANSFER:
            return in_order(state, take_over, _unbridge, ask_for_person())
        case StepKind.END if event.now:
            return in_order(state, take_over, _unbridge, hang_up(EndReason.OPERATOR_ENDED))
        case StepKind.END:
            return in_order(
                state, take_over, _unbridge, say_goodbye(Phrase.GOODBYE, EndReason.OPERATOR_ENDED)
            )
        case _:
            assert_never(kind)


# --- words, and none ------------------------------------------------------------------------------


def _say(state: CallState, words: str) -> Step:
    state, stopped = _stop_after_sentence(state)
    state, actions = in_order(begin_turn(state), say_as_new_answer(words, role=Role.OPERATOR), listen)
    return state, [*stopped, *actions]


def _stop_after_sentence(state: CallState) -> Step:
    """Let the sentence that is being said be heard to its end, and nothing after it."""
    waiting = {entry.number for entry in unheard(state)}
    stops: list[Action] = [StopSpeaking(state.committed_gen, after_sentence=True)] if waiting else []
    if state.answer.busy:
        stops.append(CancelModel(state.gen))
    # How much of it was heard the line tells; none of it is said again.
    history = tuple(
        replace(entry, cut=True) if entry.number is not None and entry.number in waiting else entry
        for entry in state.history
    )
    return replace(state, history=history, answer=Answer()), stops


def _mute(state: CallState) -> Step:
    was_answering = state.answering
    state = replace(state, stepped=replace(state.stepped, muted=True, waits=0))
    timer: list[Action] = [SetTimer(MUTED_TIMER, MOST_MUTED_S)]
    if was_answering:
        state, stopped = _stop_after_sentence(state)
        state, actions = ask_to_wait(begin_turn(state))
        return state, [*timer, *stopped, *actions]
    state, dropped = drop_speculation(state)
    return state, [*timer, *dropped]


def ask_to_wait(state: CallState) -> Step:
    """Say that somebody comes: nobody is left in silence."""
    waits = state.stepped.waits
    state = replace(state, stepped=replace(state.stepped, waits=waits + 1))
    return in_order(state, play(WAITS[min(waits, len(WAITS) - 1)]), listen)


def _clear_muted(state: CallState) -> Step:
    return state, [ClearTimer(MUTED_TIMER)]


def _go_on(state: CallState) -> Step:
    """Answer what the caller has said and nobody has answered."""
    return in_order(begin_turn(state), start_model) if _awaits_answer(state) else (state, [])


def _awaits_answer(state: CallState) -> bool:
    """Whether the caller spoke last; words of ours that ask the caller to wait count as no answer."""
    said = (
        entry for entry in reversed(state.history) if entry.number is not None and entry.clip not in WAITS
    )
    last = next(said, None)
    return last is not None and last.role is Role.CALLER and not state.answering


# --- somebody else talks --------------------------------------------------------------------------


def _bridge(state: CallState, event: OperatorActed) -> Step:
    state, stopped = take_over(state)
    cleared: list[Action] = [ClearTimer(MUTED_TIMER)] if state.stepped.muted else []
    state = replace(begin_turn(state), stepped=Stepped(held=Held.BY_BROWSER, by=event.by))
    state, actions = listen(state)
    return state, [*stopped, *cleared, Bridge(event.by), *actions, *awaits_operator(state)]


def awaits_operator(state: CallState) -> list[Action]:
    """Return the timer that lets the bot go on unless the operator's sound arrives first."""
    held = state.stepped.held is Held.BY_BROWSER
    return [SetTimer(OPERATOR_GONE_TIMER, OPERATOR_JOINS_S)] if held else []


def _connect_phone(state: CallState, event: OperatorActed) -> Step:
    """Connect the operator's telephone; the bot has the caller back when that talk is over."""
    state, stopped = take_over(state)
    cleared: list[Action] = [ClearTimer(MUTED_TIMER)] if state.stepped.muted else []
    state = replace(state, stepped=Stepped(held=Held.BY_PHONE, by=event.by))
    state, announced = play(Phrase.CONNECTING, interruptible=False)(state)
    state = replace(
        state, phase=Phase.TRANSFERRING, answer=Answer(), turn=state.turn + 1, transport_lost=False
    )
    connect = Transfer(state.committed_gen, (event.phone,), ring_s=state.setup.ring_s)
    return state, [*stopped, *cleared, *announced, connect]


def _unbridge(state: CallState) -> Step:
    stepped = state.stepped
    by_browser = stepped.held is Held.BY_BROWSER
    actions: list[Action] = [Bridge(""), ClearTimer(OPERATOR_GONE_TIMER)] if by_browser else []
    if stepped.muted:
        actions.append(ClearTimer(MUTED_TIMER))
    return replace(state, stepped=Stepped()), actions


def give_back(state: CallState, *, left: bool = False) -> Step:
    """Let the bot go on. `left` says that the operator went without a word, so the bot says that it is back."""
    moves: list[Move] = [_unbridge, note(GIVEN_BACK)]
    if state.time_is_up:
        return in_order(state, *moves, say_goodbye(Phrase.TIME_IS_UP, EndReason.MAX_DURATION))
    return in_order(begin_turn(state), *moves, _be_back if left else _greet_again)


def _greet_again(state: CallState) -> Step:
    """Say that the bot has the call again, and go on from what was said."""
    return in_order(state, _tell_of_return, start_model)


def _tell_of_return(state: CallState) -> Step:
    words = state.setup.bot_is_back.strip()
    own = tongue_of((state.setup.languages or (state.setup.language,))[0])
    if not words or own != tongue_of(state.setup.language):
        return play(Phrase.BOT_IS_BACK)(state)
    return say_as_new_answer(words)(state)


def _be_back(state: CallState) -> Step:
    """Say that the bot is there again, and answer what nobody has answered."""
    goes_on = start_model if _awaits_answer(state) else listen
    return in_order(state, _tell_of_return, goes_on)


def left_alone(state: CallState) -> Step:
    """The bot was muted for long, and nobody has done anything since."""
    if not state.stepped.muted or not state.conversing:
        return state, []
    state = replace(state, stepped=Stepped())
    return in_order(begin_turn(state), _be_back)
