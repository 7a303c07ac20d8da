"""The stand-in of OpenAI's Realtime API is as strict as the handbook of providers has it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from simulator.tests.providers.stand_ins import KEY, StandIns, app_with, serving

SESSION = {
    "type": "realtime",
    "instructions": "You are the receptionist. We open at nine.",
    "audio": {"input": {"format": {"type": "audio/pcmu"}}, "output": {"format": {"type": "audio/pcmu"}}},
}
ASKED = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "When do you open?"}]}


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[StandIns]:
    with serving(app_with()) as running:
        yield running


@contextmanager
def talking(stand_ins: StandIns, model: str = "gpt-realtime-2.1") -> Iterator[ClientConnection]:
    url = f"ws{stand_ins.url.removeprefix('http')}/openai/v1/realtime?model={model}"
    with connect(url, additional_headers=KEY) as socket:
        yield socket


def tell(socket: ClientConnection, kind: str, **fields: Any) -> None:
    socket.send(json.dumps({"type": kind, **fields}))


def until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while (message := json.loads(socket.recv(timeout=5)))["type"] != kind:
        pass
    return message


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("session.update", {"session": {"type": "realtime", "voice": "marin"}}, "unknown_parameter"),
        ("session.update", {"session": {"type": "transcription"}}, "invalid_value"),
        (
            "session.update",
            {
                "session": {
                    "type": "realtime",
                    "audio": {"input": {"format": {"type": "audio/pcmu", "rate": 8000}}},
                }
            },
            "unknown_parameter",
        ),
        ("response.cancel", {}, "response_cancel_not_active"),
        ("input_audio_buffer.commit", {}, "input_audio_buffer_commit_empty"),
        ("conversation.item.delete", {"item_id": "none"}, "item_delete_invalid_item_id"),
        ("conversation.item.create", {"item": {**ASKED, "role": "assistant"}}, "invalid_value"),
        ("output_audio_buffer.clear", {}, "invalid_value"),
    ],
)
def test_what_the_server_would_refuse_is_refused_and_the_session_goes_on(
    stand_ins: StandIns, kind: str, fields: dict[str, Any], code: str
) -> None:
    with talking(stand_ins) as socket:
        until(socket, "session.created")
        tell(socket, kind, **fields, event_id="ours")
        error = until(socket, "error")["error"]
        tell(socket, "session.update", session=SESSION)

        assert (error["code"], error["event_id"]) == (code, "ours")
        assert until(socket, "session.updated")["session"]["audio"]["input"]["format"] == {
            "type": "audio/pcmu"
        }


def test_no_more_can_have_been_heard_than_was_made(stand_ins: StandIns) -> None:
    with talking(stand_ins) as socket:
        tell(socket, "session.update", session=SESSION)
        tell(socket, "conversation.item.create", item=ASKED)
        tell(socket, "response.create")
        item = until(socket, "response.output_audio.delta")["item_id"]
        assert "nine" in until(socket, "response.output_audio_transcript.done")["transcript"]
        assert until(socket, "response.done")["response"]["status"] == "completed"

        cut = {"item_id": item, "content_index": 0}
        tell(socket, "conversation.item.truncate", **cut, audio_end_ms=3_600_000)
        assert "already shorter" in until(socket, "error")["error"]["message"]
        tell(socket, "conversation.item.truncate", **cut, audio_end_ms=-1)
        assert until(socket, "error")["error"]["code"] == "integer_below_min_value"
        tell(socket, "conversation.item.truncate", **cut, audio_end_ms=100)
        assert until(socket, "conversation.item.truncated")["audio_end_ms"] == 100


def test_a_model_of_another_kind_is_refused(stand_ins: StandIns) -> None:
    with talking(stand_ins, "gpt-live-transcribe") as socket:
        assert until(socket, "error")["error"]["code"] == "invalid_model"
