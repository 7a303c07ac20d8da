"""Media Streams' messages: every recorded session is read, what we write is what Twilio takes, garbage is refused."""

import base64
import json
import random
from typing import Any

import pytest

from tests.vectors import TWILIO, read
from voicebot.transports.twilio import media
from voicebot.transports.twilio.media import (
    BadMessage,
    Connected,
    Key,
    Mark,
    OtherTrack,
    Sound,
    Started,
    Stopped,
    Writer,
)

VECTORS = read(TWILIO / "media_streams.json")
STREAM, CALL = "MZ00000000000000000000000000000001", "CA00000000000000000000000000000001"
SILENCE = VECTORS["payload_20ms_silence"]
EXAMPLES = VECTORS["doc_examples"]
KINDS = {
    "connected": Connected,
    "start": Started,
    "dtmf": Key,
    "mark": Mark,
    "stop": Stopped,
}


def as_sent(frame: dict[str, Any]) -> dict[str, Any]:
    """The documentation shortens sound with dots; here it is a silence."""
    if "media" not in frame:
        return frame
    return {**frame, "media": {**frame["media"], "payload": SILENCE}}


def kind_of(frame: dict[str, Any]) -> type[Any]:
    if frame["event"] == "media":
        return OtherTrack if frame["media"]["track"] == "outbound" else Sound
    return KINDS[frame["event"]]


def changed(frame: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """A frame with other fields: `media_payload=1` is the payload of `media`."""
    frame = json.loads(json.dumps(as_sent(frame)))
    for name, value in parts.items():
        part, _, inner = name.partition("_")
        if inner:
            frame[part][inner] = value
        else:
            frame[part] = value
    return frame


@pytest.mark.parametrize("session", VECTORS["transcripts"], ids=lambda session: session["id"])
def test_every_recorded_session_is_read_and_written(session: dict[str, Any]) -> None:
    writer = Writer(STREAM)
    numbers = []
    for direction, frame in session["frames"]:
        frame = as_sent(frame)
        if direction == "in":
            said = media.parse(json.dumps(frame))
            assert type(said) is kind_of(frame)
            numbers += [said.sequence] if hasattr(said, "sequence") else []
            continue
        match frame["event"]:
            case "media":
                written = writer.media(base64.b64decode(SILENCE))
            case "mark":
                written = writer.mark(frame["mark"]["name"])
            case _:
                written = writer.clear()
        assert json.loads(written) == frame

    assert numbers == list(range(1, len(numbers) + 1))


def test_what_the_documentation_shows_is_read() -> None:
    start = media.read(EXAMPLES["start"])
    assert start == Started(STREAM, CALL, "AC" + "0" * 32, EXAMPLES["start"]["start"]["customParameters"], 1)
    assert media.read(EXAMPLES["connected"]) == Connected()
    sound = media.read(as_sent(EXAMPLES["media_inbound_track"]))
    assert sound == Sound(b"\xff" * VECTORS["payload_20ms_silence_len_bytes"], 5, 4)
    assert media.read(as_sent(EXAMPLES["media_outbound_track"])) == OtherTrack(3)
    assert media.read(EXAMPLES["dtmf"]) == Key("1", 5)
    assert media.read(EXAMPLES["mark_from_twilio"]) == Mark("my label", 4)
    assert media.read(EXAMPLES["stop"]) == Stopped(5)


@pytest.mark.parametrize(
    "frame, reason",
    [
        ("", "not_json"),
        ("{", "not_json"),
        ("[]", "no_object"),
        ("null", "no_object"),
        ({}, "unknown_event"),
        ({"event": ["media"]}, "unknown_event"),
        ({"event": "unknown", "streamSid": STREAM}, "unknown_event"),
        ({"event": "media"}, "no_media"),
        ({"event": "mark", "mark": "x"}, "no_mark"),
        (changed(EXAMPLES["mark_from_twilio"], mark_name=None), "bad_mark"),
        (changed(EXAMPLES["mark_from_twilio"], mark_name="x" * 65), "bad_mark"),
        (changed(EXAMPLES["media_inbound_track"], media_payload="a3242sa..."), "bad_payload"),
        (changed(EXAMPLES["media_inbound_track"], media_payload=None), "bad_payload"),
        (changed(EXAMPLES["media_inbound_track"], media_payload="/" * 70_000), "bad_payload"),
        (changed(EXAMPLES["media_inbound_track"], media_timestamp=5), "bad_timestamp"),
        (changed(EXAMPLES["media_inbound_track"], media_timestamp="-5"), "bad_timestamp"),
        (changed(EXAMPLES["media_inbound_track"], sequenceNumber=4), "bad_sequenceNumber"),
        (changed(EXAMPLES["media_inbound_track"], sequenceNumber="9" * 400), "bad_sequenceNumber"),
        (changed(EXAMPLES["dtmf"], dtmf_digit="12"), "bad_digit"),
        (changed(EXAMPLES["dtmf"], dtmf_digit=""), "bad_digit"),
        (changed(EXAMPLES["start"], start_streamSid='MZ","x'), "bad_stream_sid"),
        (changed(EXAMPLES["start"], start_callSid=7), "bad_sid"),
        (changed(EXAMPLES["start"], start_mediaFormat={"encoding": "audio/opus"}), "bad_format"),
        (changed(EXAMPLES["start"], start_customParameters={"a": 1}), "bad_parameters"),
        (changed(EXAMPLES["start"], start_customParameters={"a": "x" * 2000}), "bad_parameters"),
        (changed(EXAMPLES["start"], start_customParameters=["a"]), "bad_parameters"),
    ],
)
def test_garbage_is_refused_with_its_reason(frame: Any, reason: str) -> None:
    with pytest.raises(BadMessage, match=f"^{reason}$"):
        media.parse(frame if isinstance(frame, str) else json.dumps(frame))


def test_nothing_that_twilio_would_refuse_is_written() -> None:
    for sid in ("", "CA" + "0" * 32, 'MZ"}', "MZ" + "0" * 100):
        with pytest.raises(BadMessage):
            Writer(sid)
    for name in ("", 'x"', "a b", "x" * 65):
        with pytest.raises(ValueError, match="no name for a mark"):
            Writer(STREAM).mark(name)


def test_sound_without_an_object_is_what_is_read_and_is_refused_for_the_same_reasons() -> None:
    chance = random.Random(7)
    frame = as_sent(EXAMPLES["media_inbound_track"])
    odd = [None, 7, "", "x", "12", "9" * 16, "/w==", "/w", "////", [], {}, "outbound", "٣"]
    seen: set[str] = set()
    for _ in range(3000):
        message = json.loads(json.dumps(frame))
        for _ in range(chance.randrange(3)):
            part = chance.choice((message, message.get("media")))
            if isinstance(part, dict):
                name = chance.choice(("sequenceNumber", "media", "track", "payload", "timestamp", "chunk"))
                part[name] = chance.choice(odd)
        try:
            said = media.read(message)
            expected: object = said.audio if isinstance(said, Sound) else None
        except BadMessage as error:
            expected = str(error)
        try:
            found: object = media.sound_in(message)
        except BadMessage as error:
            found = str(error)

        assert found == expected, message
        seen.add(str(found) if isinstance(found, str) else type(found).__name__)
    assert seen == {"bytes", "NoneType", "no_media", "bad_payload", "bad_sequenceNumber", "bad_timestamp"}
