"""The carrier's side of a media stream, without socket and clock: the recorded streams replay (handbook 3.1-3.3)."""

import base64
import json
from collections import deque
from typing import Any

import pytest

from simulator.carrier.streams.media import MediaLeg
from simulator.carrier.streams.playout import FRAME_BYTES, Playout
from tests.vectors import TWILIO, read

RECORDED = read(TWILIO / "media_streams.json")
SILENCE = b"\xff" * FRAME_BYTES
SECOND = bytes(range(250)) * 32


def leg(**more: Any) -> MediaLeg:
    start = RECORDED["doc_examples"]["start"]["start"]
    return MediaLeg(
        start["accountSid"], start["callSid"], start["streamSid"], start["customParameters"], **more
    )


def sent(message: dict, audio: bytes = b"") -> str:
    """A message of the app, with this for the payload where the recording only describes one."""
    if message["event"] == "media" and not message["media"]["payload"].endswith("="):
        message = message | {"media": {"payload": base64.b64encode(audio or SECOND).decode()}}
    return json.dumps(message)


def ours(event: str, **body: str) -> str:
    sid = RECORDED["doc_examples"]["start"]["streamSid"]
    return json.dumps({"event": event, "streamSid": sid} | ({event: body} if body else {}))


@pytest.mark.parametrize(
    "recorded",
    [each for each in RECORDED["transcripts"] if each["id"].startswith(("bidirectional", "mark"))],
    ids=lambda each: each["id"],
)
def test_recorded_streams_replay(recorded: dict) -> None:
    stream, coming = leg(), deque()
    coming.extend(stream.opening())
    if recorded["frames"][0][1]["event"] != "connected":
        coming.popleft()
    for direction, message in recorded["frames"]:
        if direction == "out":
            coming.extend(stream.take(sent(message)))
            continue
        if not coming:
            match message["event"]:
                case "media":
                    coming.extend(stream.tick(SILENCE)[0])
                case "dtmf":
                    coming.append(stream.key(message["dtmf"]["digit"]))
                case "stop":
                    coming.append(stream.stop())
        assert coming.popleft() == message
    assert not coming


@pytest.mark.parametrize(
    "bad", RECORDED["bad_app_messages"], ids=lambda bad: str(bad.get("why", bad["frame"]))
)
def test_what_breaks_the_rules_is_noted_once_and_otherwise_ignored(bad: dict) -> None:
    stream, frame = leg(), bad["frame"]
    raw = (
        b"\x00"
        if frame == "binary websocket frame"
        else frame
        if isinstance(frame, str)
        else json.dumps(frame)
    )

    assert stream.take(raw) == stream.take(raw) == []
    assert list(stream.faults) == [bad["error"]]
    assert stream.take(ours("mark", name="m")) != []


@pytest.mark.parametrize(
    "raw",
    [
        "[]",
        ours("media", payload="%%%"),
        ours("mark", name=""),
        ours("media"),
        json.dumps(json.loads(ours("clear")) | {"more": 1}),
    ],
)
def test_other_nonsense_is_31951(raw: str) -> None:
    stream = leg()

    assert stream.take(raw) == []
    assert list(stream.faults) == [31951]


def test_sound_of_any_length_is_played_in_frames_and_a_mark_returns_when_all_before_it_was_heard() -> None:
    stream = leg()
    stream.take(ours("media", payload=base64.b64encode(SECOND[:200]).decode()))
    stream.take(ours("mark", name="first"))
    stream.take(ours("media", payload=base64.b64encode(SECOND[200:300]).decode()))
    stream.take(ours("mark", name="second"))

    ticks = [stream.tick(SILENCE) for _ in range(3)]

    assert [played for _, played in ticks] == [SECOND[:160], SECOND[160:300], b""]
    marks = [[each["mark"]["name"] for each in out if each["event"] == "mark"] for out, _ in ticks]
    assert marks == [[], ["first", "second"], []]


def test_a_full_buffer_discards_what_comes_and_says_so_once() -> None:
    stream = leg(most_buffered_s=1.0)
    second = ours("media", payload=base64.b64encode(SECOND).decode())

    stream.take(second)
    assert stream.faults == {}
    stream.take(second)

    assert list(stream.faults) == [31930, 31931]
    assert stream.playout.left_s == 1.0


def test_clear_forgets_the_sound_and_nothing_of_it_is_played() -> None:
    buffer = Playout(10.0)
    buffer.add(SECOND)
    buffer.mark("a")

    assert buffer.clear() == ["a"]
    assert buffer.play() == (b"", [])
    assert buffer.mark("b") == ["b"]
