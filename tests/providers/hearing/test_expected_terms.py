"""Words to expect reach each transcriber in its own way, and never more of them than it takes."""

from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import orjson
import pytest

from voicebot.domain.call.setup import CallSetup
from voicebot.providers.deepgram.flux import FluxDialect, flux_url
from voicebot.providers.deepgram.nova import NovaDialect, nova_url
from voicebot.providers.elevenlabs.scribe import scribe_url
from voicebot.providers.hearing.terms import Bounds, expected_terms
from voicebot.providers.openai.transcription import OpenAIDialect
from voicebot.providers.ports import Listening
from voicebot.services.calls.media.parts import listening_in
from voicebot.transports.twilio import twiml

NAMES = ("Saoirse", "Dr. Okafor", "derailleur")
MANY = tuple(f"{'name' * 6} {number:03d}" for number in range(500))


def in_query(name, url):
    return parse_qs(urlsplit(url).query).get(name, [])


def openai_keywords(listening):
    (reply,) = OpenAIDialect(listening).heard('{"type": "session.created"}')
    session = orjson.loads(reply.message)["session"]
    return session["audio"]["input"]["transcription"].get("keywords", [])


def gather_hints(listening):
    document = twiml.listen(
        [], twiml.Listening("https://example.com", hints=listening.hints), language="en-US"
    )
    hints = ElementTree.fromstring(document).find("Gather").get("hints", "")
    return hints.split(", ") if hints else []


def configured(dialect, listening):
    return [
        term
        for message in dialect.expect(1.0, listening.hints)
        for term in orjson.loads(message).get("keyterms", [])
    ]


TOLD = {
    "scribe": (lambda one: in_query("keyterms", scribe_url("https://x", one)), 50),
    "nova": (lambda one: in_query("keyterm", nova_url("https://x", one)), 100),
    "nova, in mid-call": (lambda one: configured(NovaDialect(), one), 100),
    "flux": (lambda one: in_query("keyterm", flux_url("https://x", one)), 100),
    "flux, in mid-call": (lambda one: configured(FluxDialect(), one), 100),
    "openai": (openai_keywords, 100),
    "gather": (gather_hints, 500),
}


@pytest.mark.parametrize(("told", "most"), TOLD.values(), ids=TOLD)
def test_the_words_of_a_template_reach_the_transcriber_and_no_more_than_it_takes(told, most):
    setup = CallSetup(hints=NAMES)
    listening = listening_in("en-US", setup)

    assert told(listening) == list(NAMES)
    many = told(Listening(hints=MANY))
    assert len(many) <= most
    assert told(Listening()) == []


@pytest.mark.parametrize("told", [TOLD["nova"][0], TOLD["flux"][0], TOLD["nova, in mid-call"][0]])
def test_deepgram_is_never_told_more_than_its_five_hundred_tokens(told):
    assert sum(map(len, told(Listening(hints=MANY)))) <= 1000


def test_terms_come_once_in_their_order_and_those_that_do_not_fit_are_left_out():
    bounds = Bounds(most=3, longest=5, together=10)

    assert expected_terms([" a ", "a", "", "toolong", "bbbbb", "ccccc", "dddd", "e"], bounds) == [
        "a",
        "bbbbb",
        "dddd",
    ]
