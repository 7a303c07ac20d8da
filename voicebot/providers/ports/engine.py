"""An engine that hears and speaks by itself: sound in, sound and words out, in one session after the other.

It is told words that were spoken without it, asked for answers, and stopped. Only the line knows how much of its sound
was heard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from voicebot.providers.ports.failure import ProviderError
from voicebot.providers.ports.model import ToolSpec


@dataclass(frozen=True)
class EngineSetup:
    """The start of a session. `languages` may be spoken, as `en`; a blank `voice` means the engine's usual one."""

    instructions: str
    tools: tuple[ToolSpec, ...] = ()
    languages: tuple[str, ...] = ("en",)
    hints: tuple[str, ...] = ()
    voice: str = ""


@dataclass(frozen=True)
class Told:
    """Words that the engine did not hear or say itself. `role`: user, assistant or system; `id` names them afterwards."""

    id: str
    role: str
    text: str


@dataclass(frozen=True)
class ToolUsed:
    """A tool that the engine asked for in a session before. `arguments` is JSON."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ToolResult:
    """What a tool brought."""

    call_id: str
    output: str


EngineItem = Told | ToolUsed | ToolResult


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The session takes sound; it lasts until `expires_at` (seconds since 1970) or, None, for as long as nobody knows."""

    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class CallerBegan:
    """The caller speaks."""


@dataclass(frozen=True, slots=True)
class CallerPaused:
    """The caller does not speak any more."""


@dataclass(frozen=True, slots=True)
class TurnTaken:
    """What the caller said is one turn, whose words come later."""

    item: str


@dataclass(frozen=True, slots=True)
class CallerWords:
    """The words of a turn; None: they could not be found. Not `final`: a piece more of them."""

    item: str
    text: str | None
    final: bool = True


@dataclass(frozen=True, slots=True)
class AnswerBegan:
    """An answer is made."""

    answer: str


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """A piece more of an answer's text, ahead of its sound."""

    answer: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerSound:
    """A piece more of an answer's sound: mu-law at 8 kHz. `item` is the part of the answer to which it belongs."""

    answer: str
    item: str
    audio: bytes


@dataclass(frozen=True, slots=True)
class AnswerTool:
    """The answer asks for a tool. `readable` as in `ToolAsked`."""

    answer: str
    call_id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    readable: bool = True


@dataclass(frozen=True, slots=True)
class EngineUsage:
    """Tokens of one answer, or the seconds of a session that is billed by them."""

    text_in: int = 0
    audio_in: int = 0
    cached: int = 0
    text_out: int = 0
    audio_out: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """Nothing more of an answer comes. Not `complete`: it was cut short; `cancelled`: because the caller spoke, or we said so."""

    answer: str
    complete: bool = True
    cancelled: bool = False
    usage: EngineUsage | None = None


@dataclass(frozen=True, slots=True)
class EngineUsed:
    """What was used so far of a session that has no answers."""

    usage: EngineUsage


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """The session is over or useless. `expired`: it reached the longest duration, and another one may begin."""

    error: ProviderError
    expired: bool = False


EngineEvent = (
    EngineReady
    | CallerBegan
    | CallerPaused
    | TurnTaken
    | CallerWords
    | AnswerBegan
    | AnswerWords
    | AnswerSound
    | AnswerTool
    | AnswerEnded
    | EngineUsed
    | EngineFailed
)
"""After EngineFailed nothing comes."""


class EngineSession(Protocol):
    """One session of one call, for any thread; nothing blocks. Words before EngineReady are stored, sound for 10 s."""

    def hear(self, mulaw: bytes) -> None:
        """Take the caller's sound: mu-law at 8 kHz."""
        ...

    def instruct(self, instructions: str) -> None:
        """Behave in another way from now on."""
        ...

    def add(self, item: EngineItem) -> None:
        """Take something into the conversation, at its end."""
        ...

    def forget(self, item: str) -> None:
        """Remove an item from the conversation: words that it was told, or a part of an answer that nobody heard."""
        ...

    def answer(self) -> None:
        """Answer now; once the answer before is over, if one is being made."""
        ...

    def stop(self, answer: str) -> None:
        """Stop an answer that is being made."""
        ...

    def cut(self, item: str, heard_ms: int) -> None:
        """So much was heard of a part of an answer, and no more of it is."""
        ...

    def close(self) -> None:
        """End it; nothing is reported any more."""
        ...


class Engine(Protocol):
    """Speech to speech."""

    name: str

    def open(self, setup: EngineSetup, report: Callable[[EngineEvent], None]) -> EngineSession:
        """Begin a session; returns at once and connects in the background. Reports come from a thread of its own, in order."""
        ...
