"""A runtime on the embedded database, with a scripted model and a voice that costs nothing."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.services.text_house import Connection, TextCarrier, empty
from tests.services.verification_desk import new_number
from voicebot.providers.clips import ClipStore
from voicebot.providers.ports import (
    ModelDone,
    ModelRequest,
    Outcome,
    ProviderError,
    TextDelta,
    ToolCall,
    Wanted,
)
from voicebot.runtime import Runtime
from voicebot.settings import load_settings
from voicebot.storage.database import PostgresDatabase

SILENT_MP3 = b"\xff\xf3\x14\xc4" + bytes(100)


@dataclass
class ScriptedModel:
    """Answers with the scripts in their order, each a list of words, tool calls, pauses (seconds) or errors."""

    scripts: list[list[Any]] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    closed: int = 0
    go_on: threading.Event = field(default_factory=threading.Event)

    def stream(self, request: ModelRequest) -> Iterator[Any]:
        self.requests.append(request)
        script = self.scripts.pop(0) if self.scripts else ["I have nothing to say."]
        try:
            for piece in script:
                match piece:
                    case str():
                        yield TextDelta(piece)
                    case int() | float():
                        # A pause that a test can cut short: `go_on` ends all of them.
                        self.go_on.wait(piece)
                    case ProviderError():
                        raise piece
                    case _:
                        yield piece
            yield ModelDone("stop", "scripted")
        finally:
            self.closed += 1

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        raise ProviderError("scripted", "none", Outcome.REFUSED)


@dataclass
class InstantVoice:
    """Gives a short clip at once, or fails as told."""

    failing: bool = False
    spoken: list[str] = field(default_factory=list)

    def stream(
        self, text: str, *, voice_id: str, audio_format: str, model_id: str | None = None
    ) -> Iterator[bytes]:
        if self.failing:
            raise ProviderError("voice", "500", Outcome.UNKNOWN)
        self.spoken.append(text)
        yield SILENT_MP3

    def list_voices(self) -> list[Any]:
        return []


class NoTelephony:
    """Nobody may be dialled in these tests."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AssertionError(f"telephony.{name} was used")


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def voice() -> InstantVoice:
    return InstantVoice()


@pytest.fixture
def make_runtime(
    dsn: str, tmp_path: Path, model: ScriptedModel, voice: InstantVoice
) -> Iterator[Callable[..., Runtime]]:
    """Build runtimes that share one database, as two processes do."""
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)})
    opened = []

    def make(**changes: Any) -> Runtime:
        database = PostgresDatabase(dsn, min_size=1, max_size=8)
        opened.append(database)
        clips = ClipStore(tmp_path / "clips", voice, voice)
        parts = {"settings": settings, "database": database, "model": model, "voice": voice, "clips": clips}
        silent = {"telephony": NoTelephony(), "messaging": NoTelephony(), "speech_key": b"k" * 32}
        return Runtime(**(parts | silent | changes))

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime]) -> Runtime:
    return make_runtime()


@pytest.fixture
def no_texts(owner: Connection) -> None:
    """Begin without any text that another test left."""
    empty(owner)


@pytest.fixture
def carrier() -> TextCarrier:
    return TextCarrier()


@pytest.fixture
def sender(make_runtime: Callable[..., Runtime], carrier: TextCarrier) -> Runtime:
    """A runtime whose texts go to `carrier`."""
    return make_runtime(messaging=carrier)


@pytest.fixture
def number(owner: Connection) -> str:
    """A number that may get codes: the service's own limits span tests."""
    owner.execute("delete from public.verification_counters where scope in ('global', 'country', 'prefix')")
    return new_number()


@pytest.fixture
def call_sid() -> str:
    return f"CA{uuid.uuid4().hex}"


def wait_for(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait until something that another thread does has come true."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.005)


__all__ = ["InstantVoice", "ModelDone", "ScriptedModel", "ToolCall", "wait_for"]
