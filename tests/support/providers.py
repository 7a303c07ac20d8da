"""Providers of calls that cost nothing: a model with a script, a voice that speaks at once, nobody to dial."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from voicebot.providers.ports import ModelDone, ModelRequest, Outcome, ProviderError, TextDelta, Wanted

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
