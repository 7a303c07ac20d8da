"""A language model: what it is asked, and what it streams."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel

from voicebot.providers.ports.priority import Priority

Wanted = TypeVar("Wanted", bound=BaseModel)


@dataclass(frozen=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class ModelRequest:
    """One completion. `messages` are OpenAI chat messages: {"role", "content", "tool_calls"?, "tool_call_id"?}."""

    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[ToolSpec] = ()
    max_tokens: int = 400
    temperature: float = 0.3
    first_token_timeout_s: float = 4.0
    total_timeout_s: float = 20.0
    priority: Priority = Priority.NEXT
    """Who is asked first where the model's rate does not allow all of them."""


@dataclass(frozen=True)
class TextDelta:
    """A piece of the answer's text. `anew`: the text before it was no answer, and a new one begins with it."""

    text: str
    anew: bool = False


@dataclass(frozen=True)
class ToolCall:
    """One whole tool call; `arguments` is the parsed JSON object.

    When the model sent something else they are {} and `bad_arguments` is set: the tool must not run on them.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    bad_arguments: bool = False


@dataclass(frozen=True)
class ModelDone:
    """The stream ended well. Token counts are 0 where the provider did not say."""

    CUT_SHORT: ClassVar[str] = "length"

    finish_reason: str
    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def cut_short(self) -> bool:
        """Whether the model had more to say: the answer may end in the middle of a sentence."""
        return self.finish_reason == self.CUT_SHORT


ModelPiece = TextDelta | ToolCall | ModelDone


class ModelStream(Iterator[ModelPiece], Protocol):
    """One answer on its way: pieces as they arrive, with ModelDone at the end. Raises ProviderError, also in the middle."""

    def close(self) -> None:
        """Close the connection; any thread may, at any time. A reader that waits in another thread is at the end then."""
        ...


class LanguageModel(Protocol):
    """Thinks."""

    def stream(self, request: ModelRequest) -> ModelStream:
        """Ask for an answer. Closing the stream is how a turn is cancelled."""
        ...

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        """Return one object, validated (OpenAI structured output). Raises ProviderError."""
        ...
