"""The single steps that the rules of the call flow combine.

A step takes a state and returns the next one with its actions. A rule is a few steps in order.
"""

from collections.abc import Callable

from voicebot.domain.call.actions import (
    Action,
    Escalate,
    HangUp,
    Listen,
    ListenMode,
    PlayClip,
    ReadAnswer,
    SetOutcome,
    Speak,
    StartModel,
    TextCaller,
    Transfer,
)
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.state import Answer, CallOutcome, CallState, EndReason, Owed, Phase, changed
from voicebot.domain.call.turn_taking.asked import what_is_asked
from voicebot.domain.call.turn_taking.holding import HOLD_S, asks_to_wait
from voicebot.domain.call.utterances import MAX_TEXT, Role, Utterance

FALSE_START_WAIT_S = 2
"""How long words may take to follow a sound before we go on: the answer we owe may not be late."""

Step = tuple[CallState, list[Action]]
Move = Callable[[CallState], Step]


def in_order(state: CallState, *moves: Move) -> Step:
    """Make the moves one after the other and collect their actions."""
    actions: list[Action] = []
    for move in moves:
        state, more = move(state)
        actions += more
    return state, actions


def _keep(state: CallState, entry: Utterance) -> Step:
    """Take in an utterance that has the next number."""
    return state.remember(entry, next_number=state.next_number + 1), [entry.saved()]


def hear(text: str, confidence: float | None = None) -> Move:
    """Take words of the caller into history and transcript."""
    return lambda state: _keep(
        state, Utterance(Role.CALLER, text[:MAX_TEXT], state.next_number, confidence=confidence)
    )


def note(text: str) -> Move:
    """Tell the model something about the call that nobody said."""
    return lambda state: (state.remember(Utterance(Role.SYSTEM, text)), [])


def say(gen: int, seq: int, text: str, *, interruptible: bool = True, role: Role = Role.BOT) -> Move:
    """Say one sentence. While the transport is lost the sentence waits until the transport is back."""

    def move(state: CallState) -> Step:
        words = text[:MAX_TEXT]
        entry = Utterance(role, words, state.next_number, gen=gen, seq=seq, interruptible=interruptible)
        state, saved = _keep(state, entry)
        spoken: list[Action] = [Speak(gen, seq, entry.text, interruptible)]
        return state, saved if state.transport_lost else [*spoken, *saved]

    return move


def say_as_new_answer(*texts: str, role: Role = Role.BOT, interruptible: bool = True) -> Move:
    """Say sentences that no model made, as a committed generation of their own."""

    def move(state: CallState) -> Step:
        gen = state.gen + 1
        state = changed(state, gen=gen, committed_gen=gen, answer=Answer())
        spoken = (
            say(gen, seq, text, role=role, interruptible=interruptible) for seq, text in enumerate(texts)
        )
        return in_order(state, *spoken)

    return move


def play(which: Phrase, *, interruptible: bool = True) -> Move:
    """Say a fixed phrase."""

    def move(state: CallState) -> Step:
        number = state.next_number
        words = phrase(which, state.setup.language)
        entry = Utterance(Role.BOT, words, number, seq=number, clip=which, interruptible=interruptible)
        state, saved = _keep(state, entry)
        played: list[Action] = [PlayClip(which, number, interruptible)]
        return state, saved if state.transport_lost else [*played, *saved]

    return move


def listen(state: CallState, timeout_s: int | None = None) -> Step:
    """Give the caller the word; the bot's turn is over."""
    wait = _silence_s(state) if timeout_s is None else timeout_s
    state = changed(state, phase=Phase.LISTENING, answer=Answer(), turn=state.turn + 1)
    mode = ListenMode.CODE if state.expecting_code else ListenMode.SPEECH_AND_KEYS
    pause_s = state.setup.pauses.after(what_is_asked(state))
    return state, [Listen(mode, hints=state.setup.hints, timeout_s=wait, pause_s=pause_s)]


def _silence_s(state: CallState) -> int:
    """How long the caller may be silent: longer where they have asked us to wait."""
    usual = state.setup.silence_timeout_s
    said = next((entry.text for entry in reversed(state.history) if entry.role is Role.CALLER), "")
    return max(usual, HOLD_S) if asks_to_wait(said) else usual


def listen_briefly(state: CallState) -> Step:
    """Give the caller the word after a sound, for as long as words would take to follow it."""
    return listen(state, min(FALSE_START_WAIT_S, state.setup.silence_timeout_s))


def start_model(state: CallState) -> Step:
    """Have the model answer the history; what it says may be said at once."""
    gen = state.gen + 1
    state = changed(state, gen=gen, committed_gen=gen, phase=Phase.THINKING, answer=Answer(running=True))
    return changed(state, pending="", owed=Owed.NOTHING), [StartModel(gen, speculative=False)]


def have_read(words: str) -> Move:
    """Have the model look for an answer in the caller's words; nothing is said before."""

    def move(state: CallState) -> Step:
        gen = state.gen + 1
        state = changed(state, gen=gen, committed_gen=gen, phase=Phase.THINKING, answer=Answer(reading=True))
        return changed(state, pending="", owed=Owed.NOTHING), [ReadAnswer(gen, words)]

    return move


def start_speculating(words: str) -> Move:
    """Have the model answer words that may not be the last; nothing of it may be said yet."""

    def move(state: CallState) -> Step:
        gen = state.gen + 1
        answer = Answer(running=True, speculative=True)
        return changed(state, gen=gen, pending=words, answer=answer), [StartModel(gen, speculative=True)]

    return move


def note_outcome(outcome: CallOutcome) -> Move:
    """Record the call's outcome; a later outcome replaces an earlier one."""
    return lambda state: (changed(state, outcome=outcome.value), [SetOutcome(outcome=outcome.value)])


def escalate(reason: str) -> Move:
    """Have a person look at this call."""
    return lambda state: (state, [Escalate(reason)])


def hang_up(reason: EndReason) -> Move:
    """End the call once everything that was said has been played."""

    def move(state: CallState) -> Step:
        state = changed(state, phase=Phase.ENDING, answer=Answer(), end_reason=reason, turn=state.turn + 1)
        outcome = SetOutcome(outcome=state.outcome, end_reason=reason.value)
        return state, [outcome, HangUp(after_gen=state.committed_gen)]

    return move


def say_goodbye(last: Phrase, reason: EndReason) -> Move:
    """Say a last phrase that no sound interrupts, and end the call."""
    return lambda state: in_order(state, play(last, interruptible=False), hang_up(reason))


def transfer(state: CallState) -> Step:
    """Connect the caller with a person; the numbers come from the setup alone."""
    setup = state.setup
    state = changed(state, phase=Phase.TRANSFERRING, answer=Answer(), turn=state.turn + 1)
    # The caller leaves our transport; one that broke before is not waited for any more.
    state = changed(state, transport_lost=False)
    return state, [Transfer(state.committed_gen, setup.transfer_to, setup.transfer_at_once, setup.ring_s)]


def ask_for_person(announcement: Phrase | None = Phrase.CONNECTING) -> Move:
    """Connect the caller with a person, or say that there is none and ask for a message."""

    def move(state: CallState) -> Step:
        if not state.setup.transfer_to:
            return _without_person(state)
        announced = [play(announcement, interruptible=False)] if announcement else []
        return in_order(state, *announced, transfer)

    return move


def _without_person(state: CallState) -> Step:
    if state.setup.closed and state.setup.closed_text:
        return in_order(state, play(Phrase.CLOSED_TEXT), _text_caller, listen)
    ask = play(Phrase.CLOSED_MESSAGE if state.setup.closed else Phrase.NO_OPERATOR)
    return in_order(changed(state, taking_message=True), ask, listen)


def _text_caller(state: CallState) -> Step:
    return state, [TextCaller(state.setup.closed_text)]
