"""A clip's URL opens that clip to whoever holds it, for an hour, and nothing else."""

import base64
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from tests.services.conftest import InstantVoice
from voicebot.runtime import Runtime
from voicebot.services.speech import fixed_url, speak
from voicebot.services.take_turn import answer_call
from voicebot.storage.turns import CallArrival


def greeting_token(runtime: Runtime, call_sid: str) -> str:
    document = answer_call(runtime, CallArrival(call_sid, "inbound", "+12025550123", "+12025550100"))
    play = next(ElementTree.fromstring(document).iter("Play"))
    return (play.text or "").rsplit("/", 1)[1]


def row_token(runtime: Runtime, model_scripts: list[list[str]], call_sid: str) -> str:
    from tests.services.test_take_turn import arrives, asks
    from voicebot.domain.events import CallerSaid

    arrives(runtime, call_sid)
    runtime.model.scripts = model_scripts  # type: ignore[attr-defined]
    play = next(ElementTree.fromstring(asks(runtime, call_sid, 1, CallerSaid("Hi"))).iter("Play"))
    return (play.text or "").rsplit("/", 1)[1]


def test_a_second_get_plays_the_same(runtime: Runtime, call_sid: str) -> None:
    token = row_token(runtime, [["We are open."]], call_sid)

    sounds = [speak(runtime, token) for _ in range(2)]

    audio = [b"".join(sound.chunks) for sound in sounds if sound]
    assert len(audio) == 2
    assert audio[0] == audio[1] != b""


def test_another_machine_makes_the_clip_again_from_the_row(
    runtime: Runtime, voice: InstantVoice, call_sid: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    token = row_token(runtime, [["We are open."]], call_sid)
    before = voice.spoken.count("We are open.")
    runtime.clips = type(runtime.clips)(tmp_path_factory.mktemp("elsewhere"), voice, voice)

    sound = speak(runtime, token)

    assert sound is not None
    assert b"".join(sound.chunks)
    assert voice.spoken.count("We are open.") == before + 1


def test_a_token_expires(runtime: Runtime, call_sid: str) -> None:
    token = row_token(runtime, [["We are open."]], call_sid)

    runtime.now = lambda: datetime.now(UTC) + timedelta(hours=3)

    assert speak(runtime, token) is None


def test_a_changed_token_opens_nothing(runtime: Runtime, call_sid: str) -> None:
    token = greeting_token(runtime, call_sid)
    data = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))

    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        assert speak(runtime, base64.urlsafe_b64encode(bytes(changed)).decode().rstrip("=")) is None


def test_fixed_phrases_may_be_kept_by_caches_for_long(runtime: Runtime) -> None:
    url = fixed_url(runtime, "filler_1", "voice", "en-US")

    sound = speak(runtime, url.rsplit("/", 1)[1])

    assert sound is not None
    assert sound.max_age_s > 86_400 * 30
    assert url == fixed_url(runtime, "filler_1", "voice", "en-US")
