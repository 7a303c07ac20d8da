"""The body of a chat completion, without the fields that some compatible servers refuse.

Parameters differ between OpenAI's own models (some take only `max_completion_tokens`, some no temperature) and between
servers (some know no `stream_options`, some no structured output). Nothing says which beforehand, so a refusal that
names an optional parameter is learned and the request is made again without it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from voicebot.providers.ports import ModelRequest, ToolSpec

_REFUSAL = re.compile(
    r"unsupported|not supported|does not support|doesn't support|unknown|unrecognized|unrecognised|unexpected"
    r"|extra inputs|extra_forbidden|not permitted|not allowed|invalid parameter|invalid schema|not available",
    re.IGNORECASE,
)
_REASONER = re.compile(r"(?<![a-z])(?:r1|qwq|thinking|reasoner|(?<!non-)reasoning)(?![a-z])", re.IGNORECASE)
_OPTIONAL = (
    "stream_options",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "response_format",
    "json_schema",
)


class ChatDialect:
    """The parameters that one model of one server accepts, learned from its answers. Safe between threads, which at
    worst learn twice.
    """

    def __init__(self, model: str = "") -> None:
        self._refused: frozenset[str] = frozenset()
        self.thought = ""
        """The mark that ends the reasoning with which the model begins, as its last answer told; blank: it does not."""
        self.may_think = _REASONER.search(model) is not None
        """No answer has shown yet whether it begins with its reasoning; the model's name suggests it."""

    def stream_body(self, model: str, request: ModelRequest) -> dict[str, Any]:
        """Return the body of a streamed answer with tools."""
        body = self._body(model, request, request.messages) | {"stream": True}
        if "stream_options" not in self._refused:
            body["stream_options"] = {"include_usage": True}
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.tools]
        return body

    def json_body(
        self, model: str, request: ModelRequest, name: str, schema: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the body that asks for one JSON object: by schema, else by mode, else by words alone."""
        if "json_schema" not in self._refused:
            form = {"name": name, "schema": dict(schema), "strict": True}
            wanted = {"type": "json_schema", "json_schema": form}
            return self._body(model, request, request.messages) | {"response_format": wanted}
        body = self._body(model, request, [*request.messages, _in_words(schema)])
        if "response_format" not in self._refused:
            body["response_format"] = {"type": "json_object"}
        return body

    def learn(self, body: Mapping[str, Any], parameter: str | None, message: str) -> bool:
        """Note what a 400 for `body` refuses; true when the request is worth making again without it."""
        if not _REFUSAL.search(message):
            return False
        sent = [name for name in _OPTIONAL if name in body or (name == "json_schema" and _by_schema(body))]
        named = _named(sent, parameter, message)
        if named == "response_format" and _by_schema(body):
            named = "json_schema"
        if named is None or named in self._refused:
            return False
        self._refused |= {named}
        return True

    def _body(
        self, model: str, request: ModelRequest, messages: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"model": model, "messages": [dict(message) for message in messages]}
        if "temperature" not in self._refused:
            body["temperature"] = request.temperature
        if "max_tokens" not in self._refused:
            body["max_tokens"] = request.max_tokens
        elif "max_completion_tokens" not in self._refused:
            body["max_completion_tokens"] = request.max_tokens
        return body


def _named(sent: Iterable[str], parameter: str | None, message: str) -> str | None:
    """Which of the parameters we sent a refusal names: its own field says best, else the text."""
    said = parameter or ""
    for where in (said, message):
        for name in sent:
            if re.search(rf"\b{name}\b", where):
                return name
    return None


def _by_schema(body: Mapping[str, Any]) -> bool:
    form = body.get("response_format")
    return isinstance(form, dict) and form.get("type") == "json_schema"


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
        },
    }


def _in_words(schema: Mapping[str, Any]) -> dict[str, Any]:
    words = "Answer with a single JSON object and nothing around it. It must fit this JSON schema: "
    return {"role": "system", "content": words + orjson.dumps(schema).decode()}
