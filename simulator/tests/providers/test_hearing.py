"""The stand-in transcribers, as raw peers see them: how strict they are, and what they understand."""

import base64
import json
import random
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from simulator.carrier.far_end.mouth import CallerMouth
from simulator.carrier.far_end.said import SaidBook
from simulator.providers.hearing.listener import language_of, listener_of
from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from simulator.wire.websocket import Closed, Refused, WebSocket, connect

SCRIBE = "/elevenlabs/v1/speech-to-text/realtime?model_id=scribe_v2_realtime&audio_format=ulaw_8000"
NOVA = "/deepgram/v1/listen?encoding=mulaw&sample_rate=8000"
FLUX = "/deepgram/v2/listen?encoding=mulaw&sample_rate=8000&eager_eot_threshold=0.5"
OPENAI = "/openai/v1/realtime?intent=transcription"
KEYS = {
    SCRIBE: {"xi-api-key": "any"},
    NOVA: {"Authorization": "Token any"},
    FLUX: {"Authorization": "Token any"},
    OPENAI: {"Authorization": "Bearer any"},
}


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[StandIns]:
    with serving(app_with()) as running:
        yield running


def opened(stand_ins: StandIns, path: str, more: str = "") -> WebSocket:
    return connect(stand_ins.url.replace("http", "ws") + path + more, headers=KEYS[path])


def next_of(end: WebSocket) -> dict[str, Any]:
    message = end.receive(5)
    assert isinstance(message, str)
    body: dict[str, Any] = json.loads(message)
    return body


def chunk(sound: bytes = b"", *, commit: bool = False) -> str:
    return json.dumps(
        {
            "message_type": "input_audio_chunk",
            "audio_base_64": base64.b64encode(sound).decode(),
            "commit": commit,
            "sample_rate": 8000,
        }
    )


@pytest.mark.parametrize("path", KEYS)
def test_nobody_is_heard_without_a_key(stand_ins: StandIns, path: str) -> None:
    with pytest.raises(Refused) as refused:
        connect(stand_ins.url.replace("http", "ws") + path)

    assert refused.value.status == 401


def test_scribe_says_what_is_wrong_and_closes(stand_ins: StandIns) -> None:
    wrong = [
        ("&keyterms=" + "x" * 21, None, "invalid_request"),
        ("&commit_strategy=often", None, "invalid_request"),
        ("", "no json", "input_error"),
        ("", chunk().replace("8000", "16000"), "input_error"),
        ("", '{"message_type":"commit"}', "input_error"),
        ("", chunk(b"\xff" * 90_000), "chunk_size_exceeded"),
    ]
    for more, message, error in wrong:
        with closing(opened(stand_ins, SCRIBE, more)) as end:
            assert next_of(end)["message_type"] == "session_started"
            if message is not None:
                end.send(message)
            assert next_of(end)["message_type"] == error
            with pytest.raises(Closed) as over:
                end.receive(5)
            assert over.value.code == 1008


def test_scribe_goes_on_after_a_commit_that_came_too_soon(stand_ins: StandIns) -> None:
    with closing(opened(stand_ins, SCRIBE)) as end:
        next_of(end)
        end.send(chunk(commit=True))
        assert next_of(end)["message_type"] == "commit_throttled"
        end.send(chunk(b"\xff" * 1600))
        end.send(chunk(commit=True))
        assert next_of(end) == {"message_type": "committed_transcript", "text": ""}


def test_flux_knows_neither_keepalive_nor_finalize(stand_ins: StandIns) -> None:
    for kind in ("KeepAlive", "Finalize"):
        with closing(opened(stand_ins, FLUX)) as end:
            assert next_of(end)["type"] == "Connected"
            end.send(json.dumps({"type": kind}))
            assert next_of(end)["code"] == "UNPARSABLE_CLIENT_MESSAGE"
    with closing(opened(stand_ins, FLUX)) as end:
        next_of(end)
        end.send(json.dumps({"type": "Configure", "thresholds": {"eot_threshold": 2}}))
        assert next_of(end)["type"] == "ConfigureFailure"


def test_nova_answers_what_it_does_not_know_and_ends_at_an_empty_message(stand_ins: StandIns) -> None:
    with closing(opened(stand_ins, NOVA)) as end:
        end.send(json.dumps({"type": "KeepAlife"}))
        assert next_of(end)["variant"] == "SchemaError"
        end.send(b"")
        assert next_of(end)["type"] == "Metadata"
    with pytest.raises(Refused) as refused:
        connect(stand_ins.url.replace("http", "ws") + NOVA.replace("8000", "16000"), headers=KEYS[NOVA])
    assert refused.value.status == 400


def test_openai_wants_its_session_described_as_the_handbook_has_it(stand_ins: StandIns) -> None:
    heard: dict[str, Any] = {
        "format": {"type": "audio/pcmu"},
        "transcription": {"model": "gpt-live-transcribe"},
    }
    wrong = [
        ({"type": "realtime"}, {}, "session.type"),
        ({}, {"format": {"type": "audio/pcmu", "rate": 8000}}, "session.audio.input.format"),
        ({}, {"turn_detection": {"type": "server_vad"}}, "session.audio.input.turn_detection"),
        ({}, {"transcription": {"model": "whisper-1"}}, "session.audio.input.transcription.model"),
    ]
    with closing(opened(stand_ins, OPENAI)) as end:
        assert next_of(end)["type"] == "session.created"
        for session, more, parameter in wrong:
            body = {"type": "transcription", **session, "audio": {"input": {**heard, **more}}}
            end.send(json.dumps({"type": "session.update", "session": body}))
            assert next_of(end)["error"]["param"] == parameter
        end.send(json.dumps({"type": "input_audio_buffer.commit"}))
        assert next_of(end)["error"]["code"] == "input_audio_buffer_commit_empty"


def test_a_listener_finds_words_however_their_sound_was_cut(stand_ins: StandIns) -> None:
    app = app_with()
    book = app.extensions["said_book"] = SaidBook()
    sound = random.Random(1).randbytes(160 * 100)
    book.says("CA1", "one two three four", sound)
    for shift, size in ((0, 160), (0, 800), (37, 160), (159, 1000), (80, 16_000)):
        ear = listener_of(app)
        whole = random.Random(2).randbytes(shift) + sound
        for at in range(0, len(whole), size):
            ear.feed(whole[at : at + size])
        assert ear.words() == "one two three four", (shift, size)
    stranger = listener_of(app)
    stranger.feed(random.Random(3).randbytes(16_000))
    assert stranger.words() == ""


@pytest.mark.parametrize("before", [0, 1, 13, 50, 63])
def test_a_listener_finds_all_words_behind_the_noise_of_a_line(before: int) -> None:
    app, mouth = app_with(), CallerMouth(random.Random(before))
    book = app.extensions["said_book"] = SaidBook()
    said, pause = random.Random(1).randbytes(160 * 40), b"\xff" * (160 * 20)
    sound = mouth.with_noise(pause + said + pause + said[::-1] + pause)
    book.says("CA1", "one two three four", sound)
    mouth.speak(sound)
    ear = listener_of(app)

    for _ in range(before + len(sound) // 160 + 70):
        ear.feed(mouth.frame())

    assert ear.words() == "one two three four"


def test_the_sound_in_which_a_last_word_fades_is_no_word_once_more() -> None:
    app = app_with()
    book = app.extensions["said_book"] = SaidBook()
    first, second = (random.Random(seed).randbytes(160 * 60) for seed in (1, 2))
    book.says("CA1", "where is the shop", first)
    book.says("CA1", "when do you open", second)
    ear = listener_of(app)

    ear.feed(first[: 160 * 55])
    assert ear.words() == "where is the shop"
    ear.cut()
    ear.feed(first[160 * 55 :] + second)

    assert ear.words() == "when do you open"


def test_languages_are_told_by_their_commonest_words() -> None:
    said = {
        "hola quiero una cita": "es",
        "bonjour je voudrais une table": "fr",
        "ich habe eine Frage": "de",
        "yes please": "en",
    }

    assert {text: language_of(text, "en") for text in said} == said


def test_an_utterance_by_request_is_a_wav_file(stand_ins: StandIns) -> None:
    answer = requests.post(f"{stand_ins.url}/own/v1/stt", data=b"\xff" * 100, timeout=5)

    assert answer.status_code == 400
