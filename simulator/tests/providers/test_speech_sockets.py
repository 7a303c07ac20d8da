"""ElevenLabs' websockets as the stand-in plays them, by the handbook's recorded sessions and its switches."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from simulator.tests.providers.stand_ins import RACHEL, VOICE_KEY, StandIns, app_with, serving
from tests.support.waiting import busy_times
from tests.vectors import PROVIDERS, read

SENTENCE = "Your appointment is on Friday. "
OPEN = {"text": " ", "voice_settings": {"stability": 0.5, "similarity_boost": 0.75}}
RECORDED = {
    name: {each["id"]: each["frames"] for each in read(PROVIDERS / f"elevenlabs_{name}.json")["sessions"]}
    for name in ("multi_stream", "stream_input")
}


@pytest.fixture(scope="module")
def running() -> Iterator[StandIns]:
    with serving(app_with()) as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running: StandIns) -> Iterator[StandIns]:
    yield running
    running.turn(target="voice", mode="ok")
    running.turn(target="voice_socket", mode="ok")
    running.app.extensions.pop("provider_switches", None)


def dial(
    stand_ins: StandIns, kind: str = "multi-stream-input", key: str = "any", **query: str
) -> ClientConnection:
    asked = {"model_id": "eleven_flash_v2_5", "output_format": "ulaw_8000"} | query
    url = f"{stand_ins.url}/elevenlabs/v1/text-to-speech/{RACHEL}/{kind}?"
    url += "&".join(f"{name}={value}" for name, value in asked.items())
    return connect(url.replace("http", "ws"), additional_headers=VOICE_KEY | {"xi-api-key": key})


def say(socket: ClientConnection, *messages: dict[str, Any]) -> None:
    for message in messages:
        socket.send(json.dumps(message))


def until_final(socket: ClientConnection, context: str | None = None) -> list[dict[str, Any]]:
    """Receive up to the end of a context."""
    came: list[dict[str, Any]] = []
    while True:
        came.append(json.loads(socket.recv(timeout=5 * busy_times())))
        final = came[-1].get("isFinal") or came[-1].get("is_final")
        if final and context in (None, came[-1].get("contextId")):
            return came


def closed(socket: ClientConnection) -> tuple[list[dict[str, Any]], int, str]:
    """Receive until the server closes; the messages, the code and the reason."""
    came: list[dict[str, Any]] = []
    try:
        while True:
            came.append(json.loads(socket.recv(timeout=5 * busy_times())))
    except ConnectionClosed as end:
        return came, end.rcvd.code if end.rcvd else 1006, end.rcvd.reason if end.rcvd else ""


def sounds(came: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message for message in came if message.get("audio")]


def test_sentences_of_a_context_are_spoken_with_the_time_of_each_character(stand_ins: StandIns) -> None:
    with dial(stand_ins) as socket:
        say(socket, OPEN | {"context_id": "c1"}, {"text": SENTENCE, "context_id": "c1", "flush": True})
        say(socket, {"context_id": "c1", "close_context": True})
        came = until_final(socket)

    spoken = sounds(came)
    assert "".join(char for each in spoken for char in each["alignment"]["chars"]) == SENTENCE
    assert len(base64.b64decode("".join(spoken[0]["audio"]))) == 4096
    assert {message["contextId"] for message in came} == {"c1"}
    assert all(each["alignment"]["charStartTimesMs"][0] < 60 for each in spoken)
    assert came[-1] == {"isFinal": True, "contextId": "c1"}


def test_the_switches_change_names_bases_and_ends(stand_ins: StandIns) -> None:
    stand_ins.switch(
        tts_alignment_base="absolute",
        tts_alignment_names="charsDurationsMs",
        tts_multi_names="snake",
        tts_final="nulls",
    )
    with dial(stand_ins) as socket:
        say(socket, OPEN | {"context_id": "c1"}, {"text": SENTENCE, "context_id": "c1", "flush": True})
        say(
            socket,
            {"text": SENTENCE, "context_id": "c1", "flush": True},
            {"context_id": "c1", "close_context": True},
        )
        came = until_final(socket)

    starts = [start for each in sounds(came) for start in each["alignment"]["charStartTimesMs"]]
    assert starts == sorted(starts)
    assert "charsDurationsMs" in sounds(came)[0]["alignment"]
    assert came[-1] == {
        "is_final": True, "context_id": "c1", "audio": None, "alignment": None, "normalizedAlignment": None,
    }  # fmt: skip


def test_the_other_socket_has_one_text_and_ends_with_it(stand_ins: StandIns) -> None:
    with dial(stand_ins, "stream-input") as socket:
        say(socket, OPEN, {"text": SENTENCE}, {"text": ""})
        came, code, _ = closed(socket)

    assert "".join(char for each in sounds(came) for char in each["alignment"]["chars"]) == SENTENCE
    assert came[-1] == {"isFinal": True}
    assert code == 1000


def sent(kind: str, name: str) -> list[dict[str, Any]]:
    """What the recorded client sends, with names for its contexts."""
    return [
        json.loads(json.dumps(body).replace("$", ""))
        for what, body, *_ in RECORDED[kind][name]
        if what == "send"
    ]


@pytest.mark.parametrize("name", ["ms-error-contexts", "ms-error-settings-late"])
def test_a_client_that_breaks_the_rules_loses_the_socket(stand_ins: StandIns, name: str) -> None:
    with dial(stand_ins) as socket:
        say(socket, *sent("multi_stream", name))
        came, code, reason = closed(socket)

    recorded = [body for what, body, *_ in RECORDED["multi_stream"][name] if what == "recv"]
    assert came == recorded
    assert code == 1008
    assert 0 < len(reason.encode()) <= 123


def test_what_is_no_message_is_told_so(stand_ins: StandIns) -> None:
    with dial(stand_ins, "stream-input") as socket:
        say(socket, *sent("stream_input", "si-error-message"))
        came, code, _ = closed(socket)

    assert [message["error"] for message in came] == ["invalid_input_message"]
    assert code == 1008


def test_a_key_is_wrong_before_or_after_the_upgrade(stand_ins: StandIns) -> None:
    with dial(stand_ins, key="") as socket:
        assert closed(socket) == ([], 1008, "invalid_api_key")

    stand_ins.switch(tts_ws_auth="http")
    with pytest.raises(InvalidStatus) as refused, dial(stand_ins, key=""):
        pass
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("quota, code", [("error", 1008), ("silence", 1000)])
def test_an_account_without_credits_says_so_or_is_silent(stand_ins: StandIns, quota: str, code: int) -> None:
    stand_ins.switch(tts_ws_quota=quota)
    stand_ins.turn(target="voice", mode="quota")
    with dial(stand_ins) as socket:
        say(socket, OPEN | {"context_id": "c1"}, {"text": SENTENCE, "context_id": "c1", "flush": True})
        came, ended, _ = closed(socket)

    assert sounds(came) == []
    assert ended == code
    assert ("error" in came[0]) is (quota == "error")


def test_a_plan_may_lack_mu_law_and_places(stand_ins: StandIns) -> None:
    stand_ins.switch(ulaw_8000="refused")
    with pytest.raises(InvalidStatus) as refused, dial(stand_ins):
        pass
    assert b"Output format" in (refused.value.response.body or b"")
    assert stand_ins.speak("Yes.", audio_format="ulaw_8000").status_code == 403
    assert stand_ins.speak("Yes.", audio_format="pcm_8000").headers["maximum-concurrent-requests"] == "10"

    stand_ins.turn(target="voice_socket", mode="rate_limit")
    with pytest.raises(InvalidStatus) as busy, dial(stand_ins, output_format="pcm_8000"):
        pass
    assert busy.value.response.status_code == 429


def test_a_switch_that_there_is_not_is_refused(stand_ins: StandIns) -> None:
    assert stand_ins.switch(tts_final="never").status_code == 400
    assert stand_ins.switch(nothing="x").status_code == 400
