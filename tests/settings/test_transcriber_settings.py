"""Who understands callers, as the settings say it."""

import pytest

from tests.support.given_settings import ACCOUNTS, environ, refusal
from voicebot.providers.ports import Listening
from voicebot.settings import load_settings
from voicebot.wiring import transcriber_of

__all__ = ["environ"]

DEEPGRAM = {"TRANSCRIBER": "deepgram", "DEEPGRAM_API_KEY": "canary-deepgram"}
OWN = {"TRANSCRIBER": "own", "STT_BASE_URL": "http://127.0.0.1:9000/v1"}


def test_without_accounts_the_simulator_transcribes(environ):
    settings = load_settings(environ)

    assert settings.transcriber == "scribe"
    assert settings.deepgram_base_url == "http://127.0.0.1:9100/deepgram"
    assert settings.stt_base_url == "http://127.0.0.1:9100/own/v1"
    for name in ("scribe", "deepgram", "openai", "own"):
        assert load_settings(environ | {"TRANSCRIBER": name}).transcriber == name
    assert load_settings(environ | OWN).stt_base_url == OWN["STT_BASE_URL"]


@pytest.mark.parametrize(
    ("given", "name", "doors"),
    [
        ({}, "scribe", ["scribe", "openai"]),
        ({"TRANSCRIBER": "openai"}, "openai", ["openai", "scribe"]),
        (DEEPGRAM, "deepgram", ["flux", "scribe"]),
        (DEEPGRAM | {"DEEPGRAM_MODEL": "nova"}, "deepgram", ["nova", "scribe"]),
        (OWN, "own", ["own", "own-request", "scribe"]),
    ],
)
def test_the_chosen_one_is_asked_first_and_a_spare_one_after_it(environ, given, name, doors):
    transcriber = transcriber_of(load_settings(environ | ACCOUNTS | given))

    assert (transcriber.name, transcriber.ends_turns) == (name, doors[0] == "flux")
    assert order_of(transcriber, Listening("en")) == doors


def test_a_language_that_flux_does_not_know_goes_to_nova(environ):
    transcriber = transcriber_of(load_settings(environ | ACCOUNTS | DEEPGRAM))

    assert order_of(transcriber, Listening("pl"))[0] == "nova"
    assert order_of(transcriber, Listening("en", ("en", "es")))[0] == "flux"


def order_of(transcriber, listening):
    tried = []
    while (door := transcriber._doors.next(listening, tried)) is not None and door.understands(listening):
        tried.append(door.name)
    return tried


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (ACCOUNTS | {"TRANSCRIBER": "deepgram"}, "DEEPGRAM_API_KEY"),
        (ACCOUNTS | {"TRANSCRIBER": "own"}, "STT_BASE_URL"),
        ({"DEEPGRAM_API_KEY": "canary"}, ", ".join(ACCOUNTS)),
        ({"TRANSCRIBER": "whisper"}, "TRANSCRIBER"),
        ({"DEEPGRAM_MODEL": "base"}, "DEEPGRAM_MODEL"),
    ],
)
def test_half_a_transcriber_stops_the_start(environ, given, named):
    assert [line.split(":")[0] for line in refusal(environ | given).splitlines()] == [named]
