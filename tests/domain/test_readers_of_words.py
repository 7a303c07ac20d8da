"""No text, however it is made, takes the processor from everybody else: each reader of people's words is timed.

The readers are found in the source: every public function of the domain that takes words of a person. A new one is timed as
soon as it is written; one that takes more than the words has to be added to `ASKED`.
"""

import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from tests.domain.call.call_driver import listening
from tests.support.source_tree import modules
from voicebot.domain.call.caller import same_words
from voicebot.domain.call.events import CallerMaybeDone, CallerSaid
from voicebot.domain.call.flow import step as call_step
from voicebot.domain.call.languages.switch import wished_tag
from voicebot.domain.call.questions import is_for_onboarding
from voicebot.domain.call.state import CallState
from voicebot.domain.call.turn_taking.finished import assents, how_finished, only_listens
from voicebot.domain.call.turn_taking.pauses import Asked
from voicebot.domain.call.turn_taking.vocabulary import ENGLISH
from voicebot.domain.onboarding import flow
from voicebot.domain.onboarding.answers import voice_in, voice_named
from voicebot.domain.onboarding.intents import correction_in, intent_of, reads
from voicebot.domain.onboarding.moves import Trust, accept, not_understood
from voicebot.domain.onboarding.pin import place_of_pin
from voicebot.domain.onboarding.reading import Reading, stands_in, take_reading
from voicebot.domain.onboarding.several import in_parts, told_at_once
from voicebot.domain.onboarding.state import Medium, OnboardingPhase, OnboardingState, Question, Voice
from voicebot.domain.onboarding.told import told_together
from voicebot.domain.person.addresses import wire_address
from voicebot.domain.person.emergency import IN_A_TEXT, cannot_help
from voicebot.domain.person.phone import is_dialable, why_not_dialable
from voicebot.domain.thread.events import Text, TextsReceived
from voicebot.domain.thread.flow import step as thread_step
from voicebot.domain.thread.signs import remember
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.find import CodeScan
from voicebot.transports.twilio.forms import caller_event

LENGTH, AT_MOST_S, TRIES = 10_000, 0.020, 4
READING = ("onboarding", "opt_out", "person", "verification", "texts", "thread", "call")
"""The packages of the domain that read what people say."""
WORDS = frozenset(
    [
        "text",
        "words",
        "said",
        "body",
        "part",
        "sent",
        "answer",
        "word",
        "one",
        "given",
        "address",
        "number",
        "place",
        "value",
        "name",
        "message",
    ]
)
"""What a parameter is called that may hold their words."""

VOICES = (Voice("a", "Anna", "female"), Voice("b", "Ben", "male"))
QUESTIONS = tuple(question for question in Question if question is not Question.NONE)
MEDIUM = Medium.TEXT


def at(question: Question, tries: int = 1) -> OnboardingState:
    return OnboardingState(
        phase=OnboardingPhase.RUNNING,
        question=question,
        welcomed=True,
        tries=tries,
        voices=VOICES,
        code_sent=True,
    )


def thread_at(question: Question) -> ThreadState:
    return ThreadState(onboarding=at(question))


def guided(question: Question) -> CallState:
    """A call whose bot has just asked the question."""
    return replace(listening(), onboarding=at(question))


Ask = Callable[[str, Question], object]
ASKED: dict[str, Ask] = {
    "call.caller.same_words": lambda text, _: same_words(text, text),
    "call.languages.switch.wished_tag": lambda text, _: wished_tag(listening(), text),
    "call.turn_taking.finished.assents": lambda text, _: assents(text, ENGLISH),
    "call.turn_taking.finished.how_finished": lambda text, _: how_finished(text, Asked.DICTATED, ENGLISH, 6),
    "call.turn_taking.finished.only_listens": lambda text, _: only_listens(text, ENGLISH),
    "call.questions.is_for_onboarding": lambda text, question: is_for_onboarding(guided(question), text),
    "onboarding.answers.voice_in": lambda text, _: voice_in(text, VOICES),
    "onboarding.answers.voice_named": lambda text, _: voice_named(text, VOICES),
    "onboarding.flow.answer": lambda text, question: flow.answer(at(question), text),
    "onboarding.flow.place_shared": lambda text, question: flow.place_shared(at(question), text),
    "onboarding.intents.correction_in": lambda text, question: correction_in(text, at(question)),
    "onboarding.intents.intent_of": intent_of,
    "onboarding.intents.reads": lambda text, question: reads(text, question, at(question)),
    "onboarding.moves.accept": lambda text, question: accept(
        at(question), text, MEDIUM, asking=False, trust=Trust.REPEATED
    ),
    "onboarding.moves.keep_place": lambda text, question: flow.place_shared(at(question), text),
    "onboarding.moves.not_understood": lambda text, question: not_understood(at(question), text, MEDIUM),
    "onboarding.reading.stands_in": lambda text, _: stands_in(text, text),
    "onboarding.reading.take_reading": lambda text, question: take_reading(
        at(question), text, Reading(text, text), MEDIUM
    ),
    "onboarding.several.in_parts": lambda text, question: in_parts(at(question), text, MEDIUM),
    "onboarding.several.told_at_once": lambda text, question: told_at_once(at(question), text, MEDIUM),
    "onboarding.told.told_together": lambda text, question: told_together(text, at(question), VOICES),
    "person.addresses.wire_address": lambda text, _: wire_address("whatsapp", text),
    "person.emergency.cannot_help": lambda text, _: cannot_help(IN_A_TEXT, text, "en"),
    "person.phone.is_dialable": lambda text, _: is_dialable(text, {"US"}),
    "person.phone.why_not_dialable": lambda text, _: why_not_dialable(text, {"US"}),
    "thread.signs.remember": lambda text, question: remember(thread_at(question), text),
}
"""How a reader is asked that takes more than the words."""

MORE: dict[str, Ask] = {
    "a code": lambda text, _: CodeScan(text).may_hold_code,
    "what a caller says": lambda text, question: call_step(
        guided(question), caller_event({"SpeechResult": text})
    ),
    "what a caller has said so far": lambda text, question: call_step(
        guided(question), CallerMaybeDone(text, 0.9)
    ),
    "all that a caller said": lambda text, question: call_step(guided(question), CallerSaid(text, 0.9)),
    "texts of a thread": lambda text, question: thread_step(
        thread_at(question), TextsReceived((Text(1, text),), voices=VOICES)
    ),
    "a location": lambda text, _: place_of_pin(
        {"Latitude": "1", "Longitude": "2", "Address": text, "Label": text}
    ),
    "coordinates": lambda text, _: place_of_pin({"Latitude": text, "Longitude": text}),
}
"""What reads words without being a function of the domain that takes them."""

OURS = {
    "texts.unanswered.why_unanswered": "a number that was parsed",
    "texts.unanswered.words_for": "ours",
    "verification.spoken_digits.digit_runs": "timed as a code",
    "verification.number_terms.unread_words": "timed as a code",
    "call.caller.caller_maybe_done": "timed as an event",
    "call.caller.caller_said": "timed as an event",
    "call.moves.hear": "keeps words, and is given no more than an event holds",
    "call.line.timer_fired": "ours",
    "call.shown.masked.without_people": "reads an utterance at a time, for a file that an operator asks for",
    "call.stepping.meanwhile.operator_said": "keeps words, and is given no more than an event holds",
    "thread.later.moment_in": "a time of a form of ours",
    "call.moves.have_read": "keeps words, and is given no more than an event holds",
    "call.moves.note": "ours",
    "call.moves.say": "the model's",
    "call.moves.start_speculating": "keeps words, and is given no more than an event holds",
    "call.pickup.flow.picker_maybe_done": "reads by call.pickup.words, which are timed",
    "call.pickup.flow.picker_said": "reads by call.pickup.words, which are timed",
    "call.questions.onboard": "timed as an event",
    "onboarding.phrases.code_not_again_yet": "ours",
    "onboarding.phrases.say": "ours",
    "thread.moves.said": "ours",
    "texts.our_name.signed": "ours",
    "texts.split.split_text": "the model's",
    "verification.codes.code_text": "ours",
    "verification.codes.filled": "ours",
    "verification.codes.is_same": "compares",
    "verification.codes.may_get_code": "a number that was parsed",
    "verification.codes.why_no_code": "a number that was parsed",
    "person.daytime.is_daytime": "a number that was parsed",
    "opt_out.vocabulary.trap": "ours",
    "opt_out.vocabulary.wording": "ours",
}
"""Functions that look like readers and are none, and why."""

PIECES = (
    "!", "a", " ", "a ", "1", "1 ", "four ", "double ", "oh ", ".", ". ", ",", ", ", "-", "'", "\n", "\t ", "?", "😀", "\u0301", "é",
    "my name is ", "i am ", "i'm ", "hi, ", "yes ", "no ", "ok ", "please ", "and ", "from ", "i live in ", "the voice of ", "no news and ",
    "stop ", "do not ", "don't call me ", "no more ", "stop it, ", "remove me ", "unsubscribe ", "a b c ", "a-", "St. ", "A.B. ", "x, y ",
    "not a good time ", "change my name to ", "wrong ", "sorry ", "talk to a person ", "me llamo ", "y ", "vivo en ", "(", "[code] ", "STOP\n",
    "agree ", "i don't ", "offers and news ", "to the ", "with for about ", "as in ", "+1 202 ", "amber anchor ",
)  # fmt: skip
TEXTS = tuple((piece * LENGTH)[:LENGTH] for piece in PIECES) + tuple(
    (piece * LENGTH)[: LENGTH - 1] + "x" for piece in ("!", " ", ". ", "' ", "ok ", "and ", "1 ")
)


def readers() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every public function of the reading packages that takes words, by its name."""
    for module in modules():
        name = module.name.removeprefix("voicebot.domain.")
        if name == module.name or name.split(".")[0] not in READING:
            continue
        loaded = import_module(module.name)
        for function_name, function in vars(loaded).items():
            own = inspect.isfunction(function) and function.__module__ == module.name
            if own and not function_name.startswith("_") and takes_words(function):
                yield f"{name}.{function_name}", function


def takes_words(function: Callable[..., object]) -> bool:
    return any(
        parameter.name in WORDS and parameter.annotation in (str, str | None)
        for parameter in inspect.signature(function).parameters.values()
    )


def takes_nothing_else(function: Callable[..., object]) -> bool:
    needed = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is inspect.Parameter.empty
    ]
    return len(needed) == 1


FOUND = dict(readers())
TIMED: dict[str, Ask] = {
    name: ASKED[name] if name in ASKED else lambda text, _, ask=function: ask(text)
    for name, function in FOUND.items()
    if name not in OURS and (name in ASKED or takes_nothing_else(function))
} | MORE


def test_every_reader_of_peoples_words_is_timed():
    assert set(FOUND) - set(TIMED) - set(OURS) == set()
    assert (set(ASKED) | set(OURS)) - set(FOUND) == set()
    assert {"opt_out.judge.wants_no_more", "onboarding.names.read_name", "person.phone.parse_e164"} <= set(
        TIMED
    )


BY_QUESTION = frozenset(
    {
        "onboarding.flow.answer",
        "onboarding.intents.reads",
        "onboarding.moves.not_understood",
        "all that a caller said",
    }
)
"""What reads each question's answer in its own way."""


def cpu_s(ask: Ask, text: str, question: Question) -> float:
    """What it costs, in the CPU of this thread; a pause of the interpreter counts in no second try."""
    least = float("inf")
    for _ in range(TRIES):
        began = time.thread_time()
        ask(text, question)
        least = min(least, time.thread_time() - began)
        if least < AT_MOST_S / 2:
            break
    return least


@pytest.mark.parametrize("name", sorted(TIMED))
def test_a_text_made_to_be_slow_is_read_at_once(name: str):
    asks = QUESTIONS if name in BY_QUESTION else QUESTIONS[:1]

    slow: dict[Any, float] = {
        (question.value, text[:20]): round(took, 3)
        for question in asks
        for text in TEXTS
        if (took := cpu_s(TIMED[name], text, question)) >= AT_MOST_S
    }

    assert slow == {}
