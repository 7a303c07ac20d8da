"""Every recorded session of every transcriber, played against the adapter (providers' handbook 2, 3.10, 4)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.providers.hearing.replay import (
    PATIENT,
    Replay,
    base64_sound,
    binary_sound,
    contains,
    filled,
    milliseconds_of,
)
from tests.support.waiting import wait_for
from tests.vectors import PROVIDERS, read
from voicebot.providers.deepgram.flux import FluxDialect, flux_url
from voicebot.providers.deepgram.nova import NovaDialect, nova_url
from voicebot.providers.elevenlabs.scribe import ScribeDialect, scribe_url
from voicebot.providers.hearing.dialect import Message
from voicebot.providers.openai.transcription import OpenAIDialect
from voicebot.providers.ports import EagerEnd, FinalWords, Listening, Outcome, PartialWords, SpeechResumed
from voicebot.sockets.client import RefusedUpgrade
from voicebot.sockets.ending import SocketClosed

# What our calls of the port make a dialect say; what is wrong on purpose in a vector, or not ours to say, is "skip".
Deed = str


def scribe_deed(body: dict[str, Any]) -> Deed:
    audio = body.get("audio_base_64")
    if body.get("commit"):
        return "finish"
    return {"": "alive", "%%%": "skip"}.get(audio, "feed")


def by_type(deeds: dict[str, Deed]) -> Callable[[dict[str, Any]], Deed]:
    return lambda body: (
        "feed" if "audio" in body and "type" not in body else deeds.get(body.get("type", ""), "skip")
    )


@dataclass(frozen=True)
class Protocol:
    provider: str
    dialect: Callable[[], Any]
    deed: Callable[[dict[str, Any]], Deed]
    sound: Callable[[Message], bytes]
    silence: tuple[dict[str, Any], ...] = ()
    """What the provider answers to a finish where a session shows none."""


PROTOCOLS = {
    "elevenlabs_scribe": Protocol(
        "elevenlabs", ScribeDialect, scribe_deed, base64_sound("audio_base_64"),
        ({"message_type": "committed_transcript", "text": ""},),
    ),
    "deepgram_flux": Protocol(
        "deepgram", FluxDialect,
        by_type({"ForceEndTurn": "finish", "CloseStream": "close", "Configure": "expect"}), binary_sound,
    ),
    "deepgram_nova": Protocol(
        "deepgram", NovaDialect,
        by_type({"Finalize": "finish", "KeepAlive": "alive", "CloseStream": "close"}), binary_sound,
    ),
    "openai_realtime_transcription": Protocol(
        "openai", lambda: OpenAIDialect(Listening(hints=("Dr. Okafor",))),
        by_type({"input_audio_buffer.append": "feed", "input_audio_buffer.commit": "finish", "session.update": "opening"}),
        base64_sound("audio"),
        (
            {"type": "input_audio_buffer.committed", "item_id": "last"},
            {"type": "conversation.item.input_audio_transcription.completed", "item_id": "last", "transcript": ""},
        ),
    ),
}  # fmt: skip
SESSIONS = [
    pytest.param(PROTOCOLS[name], session, id=session["id"])
    for name in PROTOCOLS
    for session in read(PROVIDERS / f"{name}.json")["sessions"]
]
# Our session is opened as it should be, so the provider's complaint about another one finds nothing wrong in what we sent.
OPENED_OTHERWISE = {"tr-server-vad", "tr-error-vad-with-live"}


@pytest.mark.parametrize(("protocol", "session"), SESSIONS)
def test_a_recorded_session_is_understood(protocol: Protocol, session: dict[str, Any]) -> None:
    replay = played(protocol, session)

    expect = session["expect"]
    wanted = "".join(expect["finals"]) if isinstance(expect.get("finals"), list) else expect.get("final", "")
    if wanted and not "".join(replay.finals):
        conclude(protocol, replay)
    if "finals" in expect and isinstance(expect["finals"], list):
        assert replay.finals == expect["finals"]
    elif "final" in expect:
        assert " ".join(text for text in replay.finals if text) == expect["final"]
    if "partials" in expect:
        assert replay.partials == expect["partials"]
    if isinstance(expect.get("events"), list):
        assert turns_of(replay.events) == expect["events"]
    follows(replay, expect, session)
    replay.ear.close()


def played(protocol: Protocol, session: dict[str, Any]) -> Replay:
    frames = session["frames"]
    refusal = next(
        (
            RefusedUpgrade(body["status"], json.dumps(body["body"]).encode())
            for kind, body, *_ in frames
            if kind == "http"
        ),
        None,
    )
    # Where the provider never answers, our own deadline does.
    silent = session["id"] in (
        "dg-finalize-nothing",
        "dg-interrupted",
        "dg-normal",
        "dg-utterance-end-without-speech-final",
    )
    limits = replace(PATIENT, answer_s=0.3) if silent else PATIENT
    replay = Replay(protocol.provider, protocol.dialect, limits, refusal)
    wire = replay.wires[0] if replay.wires else None
    for number, (kind, body, *options) in enumerate(frames):
        times = options[0].get("repeat", 1) if options else 1
        if kind == "recv":
            assert wire is not None
            wire.comes(filled(body))
        elif kind == "wait":
            replay.clock.now += body / 1000
        elif kind == "close" and body["by"] == "server":
            if silent:
                wait_for(lambda: replay.finals)
            if wire is not None and not wire.is_closed:
                wire.comes(SocketClosed(body["code"], body["reason"].lstrip("@")))
        elif kind == "close":
            replay.ear.close()
        elif kind != "http":
            more = any(one[0] == "recv" for one in frames[number + 1 :])
            do(protocol, replay, protocol.deed(body), body, times, session["id"], more=more)
    return replay


def do(
    protocol: Protocol, replay: Replay, deed: Deed, body: dict[str, Any], times: int, name: str, *, more: bool
) -> None:
    wire = replay.wires[0]
    before = len(wire.sent)
    if deed == "feed":
        sound = next(value for value in body.values() if str(value).startswith("@"))
        if sound != "@any":
            replay.feed(times * milliseconds_of(sound))
        return
    if deed == "skip" or (deed == "opening" and name in OPENED_OTHERWISE):
        return
    if deed == "close" and not more:
        replay.ear.close()
    elif deed in ("finish", "close"):
        replay.ear.finish()
        wait_for(lambda: b"".join(map(protocol.sound, wire.sent)).startswith(replay.fed))
    elif deed == "alive":
        replay.passes(0.0 if replay.clock.now > 1000 else 4.0)
    elif deed == "expect":
        replay.ear.expect(3.0, body.get("keyterms", ()))
        body = {"type": "Configure", **({"keyterms": body["keyterms"]} if "keyterms" in body else {})}
    if deed == "opening":
        before = 0
    if deed == "close" and more:
        return
    again = deed == "finish" and name == "sr-error-commit_throttled" and before > 3
    empty = deed == "finish" and name in ("dg-finalize-nothing", "tr-error-commit-empty")
    if not again and not empty:
        sent = [json.loads(message) for message in wire.sent[before:] if isinstance(message, str)]
        assert any(contains(message, body) for message in sent), (body, sent)


def conclude(protocol: Protocol, replay: Replay) -> None:
    """The session ends before our turn taking says that the utterance is over."""
    replay.feed(100)
    replay.ear.finish()
    for message in protocol.silence:
        replay.wire.comes(message)
    wait_for(lambda: replay.finals)


def turns_of(events: list[Any]) -> list[str]:
    turns: list[str] = []
    for event in events:
        if isinstance(event, PartialWords) and (not turns or turns[-1] == "CallerSaid"):
            turns.append("CallerStarted")
        name = {EagerEnd: "CallerMaybeDone", SpeechResumed: "CallerResumed", FinalWords: "CallerSaid"}.get(
            type(event)
        )
        turns += [name] if name else []
    return turns


def follows(replay: Replay, expect: dict[str, Any], session: dict[str, Any]) -> None:
    """What the vector advises is what happens to the connection."""
    action = expect.get("action")
    if action is None or session["id"] == "flux-configure-failure":
        # A wish that is refused is no reason to stop listening; a connection that ended well is opened again.
        assert "spare" not in replay.entered
        return
    if action in ("ignore", "retry_later"):
        assert (replay.entered, replay.failures) == (["played"], [])
    else:
        wait_for(lambda: len(replay.entered) == 2)
        assert replay.entered == ["played", "played" if action == "reconnect" else "spare"]
    if action == "retry_later":
        wait_for(lambda: sum('"commit":true' in str(message) for message in replay.wire.sent) == 2)
    if replay.troubles:
        assert replay.troubles[0].remedy == action
        assert replay.troubles[0].error.unwell is (action != "bug")
        outcomes = {
            "fail_over": Outcome.NOT_SENT,
            "retry_later": Outcome.NOT_SENT,
            "reconnect": Outcome.UNKNOWN,
        }
        assert replay.troubles[0].error.outcome is outcomes.get(action, Outcome.REFUSED)
        if "error" in expect:
            assert replay.troubles[0].error.code == expect["error"]


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("elevenlabs_scribe", scribe_url("https://api.elevenlabs.io", Listening("en"))),
        ("deepgram_flux", flux_url("https://api.deepgram.com", Listening("en"))),
        ("deepgram_nova", nova_url("https://api.deepgram.com", Listening("en"))),
    ],
)
def test_a_session_is_opened_at_the_recorded_address(name: str, url: str) -> None:
    assert parts_of(url) == parts_of(read(PROVIDERS / f"{name}.json")["url"])


def parts_of(url: str) -> tuple[str, str, str, dict[str, list[str]]]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc, parts.path, parse_qs(parts.query)
