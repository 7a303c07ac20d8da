"""A clip's URL opens that clip to whoever holds it, for an hour, and nothing else."""

import base64
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.services.calls.gather.gather_calls import arrives, asks, flaky
from tests.support.apps import app_of
from tests.support.providers import SILENT_MP3, InstantVoice
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.reports import CallArrival
from voicebot.domain.call.turn import SpokenItem
from voicebot.providers.clips import ClipStore
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.take import answer_call
from voicebot.services.calls.speech import clip_url, fixed_url, speak, start_clip
from voicebot.transports.clip_tokens import Place


def greeting_token(runtime: Runtime, call_sid: str) -> str:
    document = answer_call(runtime, CallArrival(call_sid, "inbound", "+12025550123", "+12025550100"))
    play = next(ElementTree.fromstring(document).iter("Play"))
    return (play.text or "").rsplit("/", 1)[1]


def row_token(runtime: Runtime, model_scripts: list[list[str]], call_sid: str) -> str:
    from voicebot.domain.call.events import CallerSaid

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


# --- without the database -------------------------------------------------------------------------

PLACE: Place = (1, 1, 0, 0)


class HalfwayVoice(InstantVoice):
    """Stops in the middle of a clip until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def stream(self, text: str, **how: Any) -> Iterator[bytes]:  # type: ignore[override]
        yield SILENT_MP3
        self.go_on.wait(5)
        yield b"rest"


def sentence(text: str) -> SpokenItem:
    """A spoken item of an answer."""
    return SpokenItem(1, 0, text, "v", "en-US")


def test_a_clip_that_is_still_made_plays_to_its_end_without_the_database(
    runtime: Runtime, tmp_path: Path
) -> None:
    voice, item = HalfwayVoice(), sentence(f"We are open. {uuid.uuid4()}")
    runtime.clips = ClipStore(tmp_path / "halfway", voice, InstantVoice())
    start_clip(runtime, PLACE, item).wait(5)
    flaky(runtime).away = True

    sound = speak(runtime, clip_url(runtime, PLACE, item).rsplit("/", 1)[1])
    voice.go_on.set()

    assert sound is not None
    assert b"".join(sound.chunks) == SILENT_MP3 + b"rest"


def test_a_clip_that_cannot_be_looked_up_is_sound_all_the_same(runtime: Runtime, voice: InstantVoice) -> None:
    url = clip_url(runtime, PLACE, sentence(f"We are open. {uuid.uuid4()}"))
    flaky(runtime).away = True

    answer = app_of(runtime).test_client().get(url.removeprefix(runtime.settings.public_url))

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/mpeg", SILENT_MP3)
    assert voice.spoken[-1] == phrase(Phrase.SERVICE_SAY_AGAIN)


def test_half_a_clip_whose_maker_died_is_made_again_from_the_row(
    runtime: Runtime, voice: InstantVoice, call_sid: str, tmp_path: Path
) -> None:
    token = row_token(runtime, [["We are open."]], call_sid)
    (clip,) = [path for path in (tmp_path / "clips").glob("*.mp3") if not path.name.startswith("fixed-")]
    clip.with_suffix(".part").write_bytes(SILENT_MP3[:50])
    clip.unlink()
    runtime.clips = ClipStore(tmp_path / "clips", voice, voice, abandoned_s=-1.0)

    sound = speak(runtime, token)

    assert sound is not None
    assert next(sound.chunks) == SILENT_MP3
