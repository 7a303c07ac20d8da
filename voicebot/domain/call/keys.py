"""The keys of the telephone: 0 a person, * again, # the end. All other keys are words: for the model, or an
answer to the bot."""

from dataclasses import replace

from voicebot.domain.call.caller import begin_turn
from voicebot.domain.call.heard import last_words, say_again, take_over
from voicebot.domain.call.moves import (
    Move,
    Step,
    ask_for_person,
    hear,
    in_order,
    listen,
    say_goodbye,
    start_model,
)
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.questions import is_guided, onboard
from voicebot.domain.call.state import CallState, EndReason, Phase

KEYS = frozenset("0123456789*#")


def key_pressed(state: CallState, key: str) -> Step:
    """Do what a key stands for, whatever is being said."""
    if key not in KEYS:
        # Nothing that a telephone sends; the caller still has the word.
        return (
            listen(state) if state.phase is Phase.LISTENING and not state.answer.speculative else (state, [])
        )
    again = last_words(state)
    state, stopped = take_over(state)
    state = replace(begin_turn(state), low_confidences=0)
    state, actions = in_order(state, hear(f"(pressed {key})"), *_rule(key, say_again(again)))
    return state, [*stopped, *actions]


def _rule(key: str, again: Move) -> tuple[Move, ...]:
    match key:
        case "0":
            return (ask_for_person(),)
        case "*":
            return (again, listen)
        case "#":
            return (say_goodbye(Phrase.GOODBYE, EndReason.CALLER_ENDED),)
        case _:
            return (_take(key),)


def _take(key: str) -> Move:
    def move(state: CallState) -> Step:
        answers = is_guided(state) and not state.taking_message
        return (onboard(key) if answers else start_model)(replace(state, taking_message=False))

    return move
