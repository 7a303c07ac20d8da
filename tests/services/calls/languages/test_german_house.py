"""A German house speaks German: whatever a call, a mailbox, a code or a text is told, on each transport, no sentence is English.

One setting makes the house German, or one template its number; what a template says in its own words is said in those.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from tests.services.calls.relay.relay_line import House
from voicebot.domain.call.actions import PlayClip, Speak
from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.events import (
    CallerSaid,
    CallStarted,
    Event,
    KeyPressed,
    SilencePassed,
    TransferEnded,
    TransferOutcome,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.phrases import FILLERS, Phrase, phrase
from voicebot.domain.call.state import CallState
from voicebot.domain.verification.codes import CodePurpose, code_text
from voicebot.runtime import Runtime
from voicebot.services.calls import last_resort
from voicebot.services.calls.setup import call_setup, voicemail_message
from voicebot.services.calls.streams.begin import document
from voicebot.services.calls.streams.tokens import new_token
from voicebot.services.caps import text_caps
from voicebot.services.dialling import answer as answer_dial
from voicebot.services.verification import read_out
from voicebot.settings import Settings
from voicebot.transports.twilio.urls import CodeCallStep, Place

ENGLISH = frozenset(
    [
        "the",
        "you",
        "your",
        "please",
        "sorry",
        "thank",
        "this",
        "for",
        "goodbye",
        "hello",
        "can",
        "we",
        "are",
        "is",
        "it",
        "call",
        "say",
        "again",
        "with",
        "of",
        "here",
        "have",
        "noted",
    ]
)
TEMPLATE = {"name": "Fahrradladen Elm", "languages": ["de-DE"]}
TRANSPORTS = (Transport.RELAY, Transport.MEDIA)
ENDS = [each for each in TransferOutcome if each is not TransferOutcome.COMPLETED]
NO_NUMBER = SimpleNamespace(main=SimpleNamespace(number=None))


@pytest.fixture(params=["by the house", "by the template"])
def house(request: pytest.FixtureRequest) -> tuple[Runtime, CallBackground]:
    """A bare runtime, and a call in it."""
    by_house = request.param == "by the house"
    settings = Settings(
        home_language="de" if by_house else "en-US",
        service_name="Elm",
        public_url="https://elm.test",
        public_ws_url="wss://elm.test",
    )
    runtime = SimpleNamespace(
        settings=settings, carriers=NO_NUMBER, now=lambda: datetime(2026, 11, 29, 12, tzinfo=UTC)
    )
    template = {"name": "Fahrradladen Elm"} if by_house else TEMPLATE
    return cast(Runtime, runtime), CallBackground(template=template, number="+4915112345678")


def said_in(state: CallState, *events: Event) -> Iterator[str]:
    """Everything that the core says when this happens in a row."""
    for event in events:
        state, actions = step(state, event)
        for action in actions:
            match action:
                case PlayClip(name):
                    yield phrase(name, state.setup.language)
                case Speak(_, _, text):
                    yield text


def english_in(words: str) -> set[str]:
    """The English words of a document or a sentence; a document's attributes are no words."""
    plain = re.sub(r"<[^>]*>", " ", words)
    return set(re.findall(r"[a-zäöüß']+", plain.lower())) & ENGLISH


def test_whatever_a_call_says_by_itself_is_german(house: tuple[Runtime, CallBackground]):
    runtime, background = house
    setup = replace(call_setup(runtime, background), transfer_to=("+12025550123",))
    unstaffed, closed = replace(setup, transfer_to=()), replace(setup, closed=True, transfer_to=())
    begun = step(new_call(setup), CallStarted())[0]
    alone = step(new_call(unstaffed), CallStarted())[0]
    shut = step(new_call(closed), CallStarted())[0]
    talks = [
        said_in(new_call(replace(setup, record=True)), CallStarted()),
        said_in(begun, SilencePassed(), SilencePassed(), SilencePassed()),
        said_in(begun, KeyPressed("0")),
        said_in(begun, KeyPressed("#")),
        said_in(alone, KeyPressed("0"), CallerSaid("Das Rad ist fertig.")),
        said_in(shut, KeyPressed("0")),
        *(said_in(step(begun, KeyPressed("0"))[0], TransferEnded(end)) for end in ENDS),
    ]

    assert setup.language == ("de-DE")
    for talk in talks:
        words = list(talk)
        assert words
        assert not english_in(" ".join(words)), words


def test_every_other_phrase_and_filler_is_german_as_relay_sends_it(house: tuple[Runtime, CallBackground]):
    runtime, background = house
    line = House(setup=call_setup(runtime, background))
    line.line._language = line.setup.language
    for number, name in enumerate(Phrase):
        line.does(PlayClip(name, number, True))

    assert len(FILLERS) == 3
    assert not english_in(line.spoken())


def test_words_when_nothing_works_are_those_of_the_house():
    settings = Settings(home_language="de", public_url="https://elm.test")
    place, ours = Place(3, 0), "+4930123456"
    staffed = settings.model_copy(update={"operator_phone_number": "+4930123457"})
    home = settings.home_language
    documents = [
        last_resort.unknown_call(home), last_resort.all_busy(home), last_resort.refused("phrase", home),
        last_resort.too_many("number_live", home), last_resort.too_many("money", home), last_resort.handed_over("busy", home),
        *(last_resort.start_failed(each, tried, ours) for each in (settings, staffed) for tried in (0, 2)),
        *(last_resort.session_failed(each, tried, ours) for each in (settings, staffed) for tried in (0, 2)),
        *(last_resort.turn_failed(settings, each, ours) for each in (place, Place(3, 1), Place(3, 0, 2))),
        *(last_resort.transfer_failed(settings, each, "busy", ours) for each in (place, Place(3, 0, 2))),
    ]  # fmt: skip

    carriers = SimpleNamespace(main=SimpleNamespace(number=ours))
    caps = text_caps(cast(Runtime, SimpleNamespace(settings=settings, carriers=carriers)))
    for words in [*documents, answer_dial.first_word(settings, CodeCallStep("")), *caps["words"].values()]:
        assert not english_in(words), words
        assert 'language="en' not in words, words


def test_mailboxes_screeners_recordings_and_codes_are_german(house: tuple[Runtime, CallBackground]):
    runtime, background = house
    settings, setup = (
        runtime.settings,
        call_setup(
            runtime,
            replace(
                background,
                dialled={},
            ),
        ),
    )
    # A code that nobody asked for in a language is in the one of the house.
    step_of = CodeCallStep(str(uuid4()), language="" if settings.home_language == "de-DE" else "de-DE")
    assert setup.pickup is not None
    spoken = [
        voicemail_message(background.template, setup.greeting, setup.language),
        setup.pickup.screener_answer,
        *(
            document(
                runtime,
                cast(
                    Any,
                    SimpleNamespace(
                        background=replace(background, template={**background.template, "record": True}),
                        transport=transport,
                    ),
                ),
                new_token(),
            )
            for transport in TRANSPORTS
        ),
        read_out.document(runtime, step_of),
        read_out.document(runtime, replace(step_of, asked=2)),
        read_out.document(runtime, replace(step_of, attempt_id="")),
        read_out.document(runtime, replace(step_of, read=1)),
        read_out.without_database(settings, replace(step_of, pressed=True, tried=9)),
        read_out.without_database(settings, replace(step_of, pressed=True)),
        *(code_text("Elm", None, purpose, "de-DE") for purpose in CodePurpose),
    ]

    for words in spoken:
        assert not english_in(words), words
        assert 'language="en' not in words, words


def test_a_templates_own_words_are_said_in_its_own_words():
    settings = Settings(home_language="de")
    runtime = cast(
        Runtime,
        SimpleNamespace(
            settings=settings, carriers=NO_NUMBER, now=lambda: datetime(2026, 11, 29, 12, tzinfo=UTC)
        ),
    )
    own = {
        "greeting": "Moin, {{line}}!", "identity": "Hier Elm.", "call_purpose": "Wegen des Rads.", "voicemail_message": "Rufen Sie an.",
        "recording_announcement": "Wir nehmen auf.",
    }  # fmt: skip
    setup = call_setup(
        runtime, CallBackground(template={**TEMPLATE, **own}, dialled={"on_voicemail": "leave_message"})
    )

    assert (setup.greeting, setup.recording_announcement) == ("Moin, Fahrradladen Elm!", "Wir nehmen auf.")
    assert setup.pickup is not None
    assert (setup.pickup.voicemail_message, setup.pickup.screener_answer) == (
        "Rufen Sie an.",
        "Hier Elm. Wegen des Rads.",
    )
