"""Put the chunks of a chat completion together: the answer's text as it comes, tool calls whole, and how it ended.

What a model writes is not yet its answer: `ModelText` takes reasoning, written tool calls and stray marks away.

Made for servers that say they are compatible: fields may be missing, null or of another type, tool calls may come
without an index or all with the same one, and a server that ignores `stream` answers with one whole completion.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from voicebot.domain.answer.model_text import ModelText
from voicebot.providers.http.errors import DROPPED, clean_code, unreadable
from voicebot.providers.http.event_stream import read_json
from voicebot.providers.ports import ModelDone, ModelPiece, TextDelta, ToolCall

EMPTY = "empty"
_CUT = (ModelDone.CUT_SHORT, "content_filter")
_REASONING = ("reasoning_content", "reasoning")
"""Where servers put reasoning that they took out of the text."""


@dataclass
class _HalfToolCall:
    id: str
    name: str
    arguments: str = ""


class ChatPieces:
    """One answer in the making. Feed it with `take`, close it with `done`."""

    def __init__(self, provider: str, model: str, thought: str = "", *, may_think: bool = False) -> None:
        """`thought`: what ends the reasoning with which this model begins, where it does not say where it begins.

        `may_think`: whether it begins so is not known yet.
        """
        self._provider, self._model = provider, model
        self._half: list[_HalfToolCall] = []
        self._by_index: dict[int, _HalfToolCall] = {}
        self._completion_id = "call"
        self._text = ModelText(thought=thought, may_think=may_think)
        self._yielded = False
        self._finish_reason: str | None = None
        self._tokens = (0, 0)
        self.started = False
        """Something of the answer itself has come, not only a role or a comment."""

    @property
    def finished(self) -> bool:
        """The model has said all; only token counts can still come."""
        return self._finish_reason is not None

    @property
    def thought(self) -> str:
        """The mark that ended reasoning which nothing began; blank where the model begins with its answer."""
        return self._text.thought

    def take(self, event: dict[str, Any]) -> list[ModelPiece]:
        """Return what this chunk brings. Raises ProviderError for an error object, which may come at any time."""
        if error := event.get("error"):
            raise unreadable(self._provider, _code_of(error))
        if isinstance(usage := event.get("usage"), dict):
            self._tokens = (_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))
        choices = event.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return []
        if not self.started:
            self._remember(event)
        choice = choices[0]
        delta = choice.get("delta") or choice.get("message")
        pieces = self._delta(delta) if isinstance(delta, dict) else []
        reason = choice.get("finish_reason")
        if reason and not self.finished:
            self._finish_reason = str(reason)
            pieces += [*self._rest(), *self._whole_tool_calls(cut=reason in _CUT)]
        return pieces

    def ended(self) -> list[ModelPiece]:
        """Take note of `[DONE]`; return tool calls of a server that gave no finish reason."""
        if self.finished:
            return []
        self._finish_reason = "tool_calls" if self._half else "stop"
        return [*self._rest(), *self._whole_tool_calls()]

    def done(self) -> ModelDone:
        """Close the answer. Raises ProviderError when it broke off or holds nothing to say or do."""
        if self._finish_reason is None:
            raise unreadable(self._provider, DROPPED if self.started else EMPTY)
        if not self._yielded:
            raise unreadable(
                self._provider, "content_filter" if self._finish_reason == "content_filter" else EMPTY
            )
        return ModelDone(self._finish_reason, self._model, *self._tokens)

    def _remember(self, event: dict[str, Any]) -> None:
        model, completion_id = event.get("model"), event.get("id")
        self._model = model if isinstance(model, str) and model else self._model
        self._completion_id = completion_id if isinstance(completion_id, str) and completion_id else "call"

    def _delta(self, delta: dict[str, Any]) -> list[ModelPiece]:
        tool_calls = delta.get("tool_calls")
        if isinstance(tool_calls, list):
            for part in tool_calls:
                if isinstance(part, dict):
                    self._tool_part(part)
        if delta.get(_REASONING[0]) or delta.get(_REASONING[1]):
            self._text.answers()
        # A model that declines says so in a field of its own, and nothing else.
        content = delta.get("content") or delta.get("refusal")
        if not content:
            return []
        text = content if isinstance(content, str) else _joined(content)
        if not text:
            return []
        self.started = True
        restarts = self._text.restarts
        answer = self._text.feed(text)
        return self._given(answer, anew=self._text.restarts != restarts)

    def _rest(self) -> list[ModelPiece]:
        return self._given(self._text.end())

    def _given(self, answer: str, *, anew: bool = False) -> list[ModelPiece]:
        anew = anew and self._yielded
        self._yielded = bool(answer) or (self._yielded and not anew)
        return [TextDelta(answer, anew)] if answer or anew else []

    def _tool_part(self, part: dict[str, Any]) -> None:
        self.started = True
        function = part.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = function.get("name"), function.get("arguments")
        call = self._call_of(part, name)
        if not call.name and isinstance(name, str):
            call.name = name
        if isinstance(arguments, str):
            call.arguments += arguments
        elif arguments is not None:
            call.arguments = orjson.dumps(arguments).decode()

    def _call_of(self, part: dict[str, Any], name: object) -> _HalfToolCall:
        """Find the call that a part continues: by its index, unless a new id and name say that it is another one."""
        said = part.get("id")
        call_id = said if isinstance(said, str) else ""
        index = part.get("index")
        last = self._half[-1] if self._half else None
        call = self._by_index.get(index) if isinstance(index, int) else (None if call_id or name else last)
        if call is None or (call_id and name and call.id != call_id):
            call = _HalfToolCall(call_id or f"{self._completion_id}_{len(self._half)}", "")
            self._half.append(call)
            if isinstance(index, int):
                self._by_index[index] = call
        return call

    def _whole_tool_calls(self, *, cut: bool = False) -> list[ToolCall]:
        """Close the tool calls; a call of an answer that was cut off never runs, even if it is readable."""
        whole = [
            ToolCall(call.id, call.name, {}, bad_arguments=True) if cut else _whole(call)
            for call in self._half
            if call.name
        ]
        self._half = []
        self._yielded = self._yielded or bool(whole)
        return whole


def _whole(call: _HalfToolCall) -> ToolCall:
    if not call.arguments.strip():
        return ToolCall(call.id, call.name, {})
    try:
        # Halves of a character may have come in two parts.
        joined = call.arguments.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        arguments = read_json(joined)
    except ValueError:
        return ToolCall(call.id, call.name, {}, bad_arguments=True)
    if arguments is None:
        return ToolCall(call.id, call.name, {})
    if not isinstance(arguments, dict):
        return ToolCall(call.id, call.name, {}, bad_arguments=True)
    return ToolCall(call.id, call.name, arguments)


def _joined(content: object) -> str:
    """Some servers give content as a list of typed parts; reasoning is one of the types."""
    if not isinstance(content, list):
        return ""
    parts = (part for part in content if isinstance(part, dict))
    texts = (part.get("text") for part in parts if part.get("type") in (None, "text", "output_text"))
    return "".join(text for text in texts if isinstance(text, str))


def _code_of(error: object) -> str:
    if not isinstance(error, dict):
        return "stream_error"
    return clean_code(error.get("code")) or clean_code(error.get("type")) or "stream_error"


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
