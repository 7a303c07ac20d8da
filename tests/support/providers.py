"""Providers of calls that cost nothing: a model with a script, a voice that speaks at once, nobody to dial."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from voicebot.providers.ports import ModelDone, ModelRequest, Outcome, ProviderError, TextDelta
from voicebot.providers.ports.model import Wanted

SILENT_MP3 = b"\xff\xf3\x14\xc4" + bytes(100)


@dataclass
class ScriptedModel:
    """Answers with the scripts in their order, each a list of words, tool calls, pauses (seconds) or errors."""

    scripts: list[list[Any]] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    closed: int = 0
    go_on: threading.Event = field(default_factory=threading.Event)

    def stream(self, request: ModelRequest) -> "ScriptedStream":
        self.requests.append(request)
        return ScriptedStream(self, self.scripts.pop(0) if self.scripts else ["I have nothing to say."])

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        raise ProviderError("scripted", "none", Outcome.REFUSED)


class ScriptedStream:
    """One scripted answer; any thread may close it, as that of a real model."""

    def __init__(self, model: ScriptedModel, script: list[Any]) -> None:
        ends = bool(script) and isinstance(script[-1], ModelDone)
        self._model, self._script = model, script if ends else [*script, ModelDone("stop", "scripted")]
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        while self._script and not self._closed.is_set():
            match self._script.pop(0):
                case str() as words:
                    return TextDelta(words)
                case int() | float() as pause_s:
                    self._wait(pause_s)
                case ProviderError() as error:
                    raise error
                case piece:
                    return piece
        raise StopIteration

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._model.closed += 1

    def _wait(self, pause_s: float) -> None:
        """A pause that a test can cut short: `go_on` ends all of them."""
        until = time.monotonic() + pause_s
        while time.monotonic() < until and not self._model.go_on.is_set():
            if self._closed.wait(0.005):
                return


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
