"""The caller's side of the talk: words, sounds, silence, codes and keys.

Of the keys, 0 asks for a person, * for the same again and # ends the call. All other keys are words: for the model, or
an answer to the bot.
"""

from functools import partial

from voicebot.domain.bare_words import bare_words
from voicebot.domain.call.actions import TakeMessage
from voicebot.domain.call.answers import commit
from voicebot.domain.call.events import KEYS, CodeChecked
from voicebot.domain.call.heard import (
    MAX_FALSE_STARTS,
    all_was_heard,
    cut_in,
    drop_speculation,
    greetings,
    said_since_caller,
    say_again,
    sounds_interrupt,
    take_over,
    unheard,
    words_interrupt,
)
from voicebot.domain.call.history import last_words
from voicebot.domain.call.languages.switch import switch_language, wished_tag
from voicebot.domain.call.moves import (
    Move,
    Step,
    ask_for_person,
    escalate,
    hear,
    in_order,
    listen,
    listen_briefly,
    note,
    note_outcome,
    play,
    say_as_new_answer,
    say_goodbye,
    start_model,
    start_speculating,
)
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.questions import ask_open_question, is_for_onboarding, is_guided, onboard, take_code
from voicebot.domain.call.state import Assurance, CallOutcome, CallState, EndReason, Owed, Phase, changed
from voicebot.domain.call.utterances import MAX_TEXT, Utterance
from voicebot.domain.person.emergency import ON_THE_PHONE, REASON, cannot_help, emergency_in
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.domain.verification.find import UNREAD

LOW_CONFIDENCE = 0.4
MAX_LOW_CONFIDENCES = 3
"""After this many unclear turns in a row the bot stops asking again and lets the model guess."""

MAX_SILENCES = 3
NUDGES = (Phrase.STILL_THERE, Phrase.STILL_THERE_AGAIN)
UNINTELLIGIBLE = "(unintelligible)"
GO_ON = "The caller made a sound and said nothing. Go on where you stopped."

AFTER_CODE = {
    CodeOutcome.APPROVED: Phrase.CODE_RIGHT,
    CodeOutcome.WRONG: Phrase.CODE_WRONG,
    CodeOutcome.LIMITED: Phrase.CODE_LIMITED,
    CodeOutcome.ELSEWHERE: Phrase.CODE_ELSEWHERE,
}
CODE_RUNS_ON = (CodeOutcome.WRONG, CodeOutcome.ELSEWHERE)
VERIFIED = "The caller has just given the right code and is verified."


def same_words(one: str, other: str) -> bool:
    """Whether two transcriptions differ in nothing but case, punctuation and spaces."""
    return bare_words(one) == bare_words(other)


def may_speculate(state: CallState) -> bool:
    """Whether the model may start before the caller has surely finished: not while a question of ours or a code is open."""
    return (
        state.phase is Phase.LISTENING
        and not state.taking_message
        and not state.expecting_code
        and not is_guided(state)
    )


def _audible(words: str) -> bool:
    # Transcribers turn noise into "..." or "!!".
    return any(char.isalnum() for char in words)


def _usable(confidence: float | None) -> float | None:
    return confidence if confidence is not None and 0 <= confidence <= 1 else None


def begin_turn(state: CallState) -> CallState:
    """Return the state in which the caller has the attention that words or a key deserve."""
    state = changed(state, silences=0, false_starts=0, owed=Owed.NOTHING, pending="", by_the_way="")
    return changed(state, tool_calls=0, spoke_this_turn=False)


def caller_said(state: CallState, text: str, confidence: float | None) -> Step:
    """Answer the caller's words, ask for them again, or take them as a message."""
    words, confidence = text.strip()[:MAX_TEXT], _usable(confidence)
    if words == UNREAD:
        return _code_unread(state)
    if not _audible(words):
        if state.answering:
            return state, []  # A noise is no reason to stop an answer.
        if state.owed is not Owed.NOTHING:
            return in_order(state, drop_speculation, _make_good)
    unclear = not _audible(words) or (confidence is not None and confidence < LOW_CONFIDENCE)
    wished = wished_tag(state, words)
    speculated = state.answer.speculative and same_words(words, state.pending)
    state, stopped = _take_the_floor(state)
    state = begin_turn(state)
    if emergency_in(words):
        state, actions = in_order(
            state, drop_speculation, hear(words, confidence), _say_no_help_comes, listen
        )
        return state, [*stopped, *actions]
    if unclear and state.low_confidences + 1 < MAX_LOW_CONFIDENCES:
        state = changed(state, low_confidences=state.low_confidences + 1)
        kept = [hear(words, confidence)] if _audible(words) else []
        state, actions = in_order(state, drop_speculation, *kept, play(Phrase.DID_NOT_CATCH), listen)
        return state, [*stopped, *actions]
    state = changed(state, low_confidences=0)
    taken = hear(words if _audible(words) else UNINTELLIGIBLE, confidence)
    if wished is not None and not state.taking_message:
        switch = partial(switch_language, tag=wished)
        # A question of ours is repeated in the caller's language; any other words go to the model, which answers in
        # it.
        follows = (ask_open_question, listen) if is_guided(state) else (start_model,)
        state, actions = in_order(state, drop_speculation, taken, switch, *follows)
    elif state.taking_message:
        state, actions = in_order(state, drop_speculation, taken, _take_message)
    elif is_for_onboarding(state, words):
        state, actions = in_order(state, drop_speculation, taken, onboard(words))
    elif speculated:
        state, actions = in_order(state, taken, commit)
    else:
        state, actions = in_order(state, drop_speculation, taken, start_model)
    return state, [*stopped, *actions]


def _say_no_help_comes(state: CallState) -> Step:
    """Say at once who sends help, have a person look at the call, and go on with it as it stands."""
    setup = state.setup
    words = cannot_help(ON_THE_PHONE, setup.emergency_number, setup.language, spoken=True)
    return in_order(state, escalate(REASON), say_as_new_answer(words, interruptible=False))


def _take_message(state: CallState) -> Step:
    left = state.history[-1]
    state = changed(state, taking_message=False)
    moves = (note_outcome(CallOutcome.MESSAGE_TAKEN), play(Phrase.MESSAGE_TAKEN), listen)
    state, actions = in_order(state, *moves)
    return state, [TakeMessage(left.number or 0, left.text), *actions]


def _take_the_floor(state: CallState) -> Step:
    # While we listen only a sound can have stopped us, unless sounds no longer do.
    talked_over = state.false_starts >= MAX_FALSE_STARTS and bool(unheard(state))
    return cut_in(state) if state.answering or talked_over else (state, [])


def caller_started(state: CallState) -> Step:
    """Stop talking at a sound of the caller; what it cost is made good if no words follow."""
    if state.phase is Phase.LISTENING and state.answer.speculative:
        return drop_speculation(state)
    if not sounds_interrupt(state) or (state.phase is Phase.LISTENING and not unheard(state)):
        return state, []
    owed = Owed.ANSWER if state.answering else Owed.WORDS
    state = changed(state, owed=owed, false_starts=state.false_starts + 1)
    return in_order(state, cut_in, listen_briefly)


def caller_maybe_done(state: CallState, text: str, confidence: float | None) -> Step:
    """Begin an answer that is worth nothing unless the caller's turn ends with these words."""
    words, confidence = text.strip()[:MAX_TEXT], _usable(confidence)
    if not _audible(words) or (confidence is not None and confidence < LOW_CONFIDENCE):
        return state, []
    if state.answering:
        if not words_interrupt(state):
            return state, []
        answered = _wait_with if is_guided(state) else start_speculating
        return in_order(changed(state, owed=Owed.ANSWER), cut_in, listen, answered(words))
    if state.answer.speculative and same_words(words, state.pending):
        return state, []
    if state.taking_message or is_guided(state) or wished_tag(state, words):
        return in_order(state, drop_speculation, _wait_with(words))
    return in_order(state, drop_speculation, start_speculating(words))


def _wait_with(words: str) -> Move:
    """Keep words that the model is not asked about before the caller is done."""
    return lambda state: (changed(state, pending=words), [])


def silence_passed(state: CallState) -> Step:
    """Answer what we owe; else ask whether the caller is there, and give up the third time."""
    if state.phase is not Phase.LISTENING or state.transport_lost:
        return state, []
    if state.pending:
        return caller_said(state, state.pending, None)
    if state.owed is not Owed.NOTHING:
        return _make_good(state)
    return _nudge(state)


def _nudge(state: CallState) -> Step:
    state = changed(all_was_heard(state), silences=state.silences + 1)
    if state.silences >= MAX_SILENCES:
        return in_order(state, say_goodbye(Phrase.GOODBYE, EndReason.SILENCE))
    if is_guided(state):
        # A "yes" to "are you still there?" would answer our question too.
        return in_order(state, play(Phrase.DID_NOT_CATCH), ask_open_question, listen)
    return in_order(state, play(NUDGES[state.silences - 1]), listen)


def _make_good(state: CallState) -> Step:
    """Go on after a sound that was no words, as if it had not been."""
    owed, state = state.owed, changed(state, owed=Owed.NOTHING)
    since = said_since_caller(state)
    if owed is Owed.ANSWER:
        # The note is for an answer that stands half said in the history.
        notes = [note(GO_ON)] if any(entry.heard for entry in since) else []
        return in_order(state, *notes, start_model)
    lost = [
        entry for entry in since if entry.cut and not entry.fully_heard and not _greeted_twice(state, entry)
    ]
    if not lost:
        return _nudge(state)
    return in_order(state, say_again(lost), listen)


def _greeted_twice(state: CallState, entry: Utterance) -> bool:
    """Whether it is the greeting, and was begun twice: nobody hears it a third time."""
    greeting = state.setup.greeting.strip()
    is_greeting = entry.text == greeting if greeting else entry.clip is Phrase.GREETING
    return is_greeting and greetings(state) > 1


# --- codes and keys -------------------------------------------------------------------------------


def code_checked(state: CallState, event: CodeChecked) -> Step:
    """Say the result of a code. Only a code that is given in this call verifies its caller."""
    state, stopped = take_over(state)
    state = changed(begin_turn(state), low_confidences=0)
    moves: list[Move] = [hear(event.text)]
    if event.outcome is CodeOutcome.APPROVED:
        state = changed(state, assurance=Assurance.VERIFIED)
        moves.append(note(VERIFIED))
    if state.onboarding is not None and state.onboarding.unfinished:
        moves.append(take_code(event.outcome))
    else:
        state = changed(state, expecting_code=event.outcome in CODE_RUNS_ON)
        moves += [play(AFTER_CODE[event.outcome]), listen]
    state, actions = in_order(state, *moves)
    return state, [*stopped, *actions]


def _code_unread(state: CallState) -> Step:
    """Ask for the digits one by one: the words fit several codes, so this counts as no try."""
    state, stopped = take_over(state)
    state = changed(begin_turn(state), low_confidences=0, expecting_code=True)
    state, actions = in_order(state, hear(UNREAD), play(Phrase.CODE_UNREAD), listen)
    return state, [*stopped, *actions]


def key_pressed(state: CallState, key: str) -> Step:
    """Do what a key stands for, whatever is being said."""
    if key not in KEYS:
        # Nothing that a telephone sends; the caller still has the word.
        return (
            listen(state) if state.phase is Phase.LISTENING and not state.answer.speculative else (state, [])
        )
    again = last_words(state)
    state, stopped = take_over(state)
    state = changed(begin_turn(state), low_confidences=0)
    state, actions = in_order(state, hear(f"(pressed {key})"), *_on_key(key, say_again(again)))
    return state, [*stopped, *actions]


def _on_key(key: str, again: Move) -> tuple[Move, ...]:
    match key:
        case "0":
            return (ask_for_person(),)
        case "*":
            return (again, listen)
        case "#":
            return (say_goodbye(Phrase.GOODBYE, EndReason.CALLER_ENDED),)
        case _:
            return (_take_key(key),)


def _take_key(key: str) -> Move:
    def move(state: CallState) -> Step:
        answers = is_guided(state) and not state.taking_message
        return (onboard(key) if answers else start_model)(changed(state, taking_message=False))

    return move
