"""What the caller heard: marks, interruptions, and unheard words that the bot says again."""

from collections.abc import Iterable
from dataclasses import replace

from voicebot.domain.call.actions import Action, CancelModel, PlayClip, Speak, StopSpeaking
from voicebot.domain.call.events import Heard, HeardSource
from voicebot.domain.call.moves import Move, Step, in_order, play, say_as_new_answer
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import Answer, CallState, Phase, changed
from voicebot.domain.call.utterances import Role, Utterance

MAX_FALSE_STARTS = 3
"""After so many sounds in a row without words (an echo, a radio) only words interrupt."""


def heard(state: CallState, event: Heard) -> Step:
    """Note how much of an utterance was heard. It only grows: what was heard stays heard."""
    for index in reversed(range(len(state.history))):
        entry = state.history[index]
        if (
            entry.number is None
            or entry.role is Role.CALLER
            or (entry.gen, entry.seq) != (event.gen, event.seq)
        ):
            continue
        chars = max(0, min(event.chars, len(entry.text)))
        if entry.heard is not None and chars <= entry.heard:
            return state, []
        noted = replace(entry, heard=chars, heard_source=event.source)
        history = (*state.history[:index], noted, *state.history[index + 1 :])
        return changed(state, history=history), [noted.saved()]
    return state, []


def said_since_caller(state: CallState) -> list[Utterance]:
    """Return what was said to the caller since their last words, oldest first."""
    said: list[Utterance] = []
    for entry in reversed(state.history):
        if entry.role is Role.CALLER:
            break
        if entry.number is not None:
            said.insert(0, entry)
    return said


def unheard(state: CallState) -> list[Utterance]:
    """Return what may still be playing or waiting to be played, oldest first."""
    return [entry for entry in said_since_caller(state) if not entry.cut and not entry.fully_heard]


def words_interrupt(state: CallState) -> bool:
    """Whether tentative words may stop what is being said: not an announcement that must be heard."""
    waiting = unheard(state)
    return not waiting or waiting[0].interruptible


def sounds_interrupt(state: CallState) -> bool:
    """Whether a sound of the caller may stop what is being said."""
    return state.false_starts < MAX_FALSE_STARTS and words_interrupt(state)


def cut_in(state: CallState) -> Step:
    """Stop talking and thinking; what nobody reports as heard counts as not heard.

    A transport that knows better reports it with `Heard`, before or after.
    """
    actions: list[Action] = [StopSpeaking(state.committed_gen)]
    if state.answer.busy:
        actions.append(CancelModel(state.gen))
    stopped = {entry.number for entry in unheard(state)}
    history = list(state.history)
    for index, entry in enumerate(history):
        if entry.number is None or entry.number not in stopped:
            continue
        source = entry.heard_source or HeardSource.ESTIMATE
        history[index] = replace(entry, cut=True, heard=entry.heard or 0, heard_source=source)
        if entry.heard is None:
            actions.append(history[index].saved())
    return changed(state, history=tuple(history), answer=Answer()), actions


def drop_speculation(state: CallState) -> Step:
    """Forget an answer to words that turned out not to be the last."""
    if not state.answer.speculative:
        return state, []
    actions: list[Action] = [CancelModel(state.gen)] if state.answer.running else []
    return changed(state, answer=Answer()), actions


def take_over(state: CallState) -> Step:
    """Make room for something that replaces whatever is being said or thought."""
    if state.phase is not Phase.LISTENING:
        return cut_in(state)
    # Our turn was over. The rest of it stops; only the transport knows how much of it was heard: on Gather, all of it.
    stop: list[Action] = [StopSpeaking(state.committed_gen)] if unheard(state) else []
    state, dropped = drop_speculation(state)
    return state, [*stop, *dropped]


def all_was_heard(state: CallState) -> CallState:
    """Note that nothing waits to be played: silence is only measured once all has been."""
    waiting = {entry.number for entry in unheard(state)}
    history = tuple(
        replace(entry, heard=len(entry.text), heard_source=entry.heard_source or HeardSource.ESTIMATE)
        if entry.number is not None and entry.number in waiting
        else entry
        for entry in state.history
    )
    return changed(state, history=history)


def greetings(state: CallState) -> int:
    """Return how often the greeting was begun."""
    words = state.setup.greeting.strip()
    return sum(each.text == words if words else each.clip is Phrase.GREETING for each in state.history)


def say_again(entries: Iterable[Utterance]) -> Move:
    """Say utterances once more, in full, as new ones."""

    def move(state: CallState) -> Step:
        words: list[str] = []
        moves: list[Move] = []
        for entry in entries:
            if entry.clip is None:
                words.append(entry.text)
                continue
            moves += [say_as_new_answer(*words), play(entry.clip)] if words else [play(entry.clip)]
            words = []
        return in_order(state, *moves, *([say_as_new_answer(*words)] if words else []))

    return move


def say_unheard(state: CallState) -> Step:
    """Send what was not heard once more, as the very same utterances, over a transport that is new."""
    actions: list[Action] = []
    for entry in unheard(state):
        if entry.clip is None:
            actions.append(Speak(entry.gen, entry.seq, entry.text, entry.interruptible))
        else:
            actions.append(PlayClip(entry.clip, entry.seq, entry.interruptible))
    again = {entry.number for entry in unheard(state)}
    # They are heard from their beginning now: the model is told of whole sentences, or it would say them too.
    history = tuple(
        replace(entry, heard=None, heard_source=None)
        if entry.number is not None and entry.number in again
        else entry
        for entry in state.history
    )
    return changed(state, history=history), actions
