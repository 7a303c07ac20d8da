"""Read a chat completion request as strictly as OpenAI does, so that a wrong one is found before it costs money."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Request

from simulator.providers.openai.embeddings import DIMENSIONS
from simulator.providers.openai.errors import ApiError, bad

CHAT_MODELS = (
    "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-5", "gpt-5-mini", "gpt-5-nano",
    "gpt-4-turbo", "gpt-3.5-turbo", "o3-mini", "o4-mini",
)  # fmt: skip
_FAMILY = re.compile(r"(?:gpt-(?:3\.5|4|4o|4\.1|5(?:\.\d)?)|o[134])(?:-[a-z0-9.-]+)?")
_REASONING = re.compile(r"(?:gpt-5|o[134])(?:[.-]|$)")
_ROLES = ("system", "developer", "user", "assistant", "tool")


@dataclass(frozen=True)
class ChatRequest:
    """What the brain is to answer, and how the answer is to be sent."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]]
    tool_choice: str
    response_format: Mapping[str, Any]
    stream: bool
    include_usage: bool
    max_tokens: int | None


def require_key(request: Request) -> None:
    """Any bearer key opens the stand-in; none does not. Raises ApiError."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not key.strip():
        raise ApiError(401, "The request carries no API key.", code=None if not key else "invalid_api_key")


def json_body(request: Request) -> dict[str, Any]:
    """The body as an object. Raises ApiError."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise bad("The body is not a JSON object.")
    return body


def require_model(model: Any, *, embeds: bool = False) -> str:
    """The model's name when there is such a model. Raises ApiError."""
    if not isinstance(model, str) or not model:
        raise bad("A model has to be named.", "model")
    known = model in DIMENSIONS if embeds else model in CHAT_MODELS or _FAMILY.fullmatch(model) is not None
    if not known:
        raise ApiError(404, f"The model `{model}` does not exist.", code="model_not_found")
    return model


def chat_request(body: Mapping[str, Any]) -> ChatRequest:
    """Read and check the body of a chat completion request. Raises ApiError."""
    model = require_model(body.get("model"))
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise bad("messages is an array of at least one message.", "messages")
    _check_messages(messages)
    tools = body.get("tools") or []
    _check_tools(tools)
    choice = body.get("tool_choice") or "auto"
    if choice != "auto" and choice != "none" and not tools:
        raise bad("tool_choice needs tools.", "tool_choice")
    if choice not in ("auto", "none"):
        raise bad("This stand-in takes no order to use a tool: tool_choice is auto or none.", "tool_choice")
    response_format = body.get("response_format") or {"type": "text"}
    _check_format(response_format, messages)
    limits = _check_numbers(model, body)
    stream = bool(body.get("stream"))
    options = body.get("stream_options")
    if options and not stream:
        raise bad("stream_options goes only with stream.", "stream_options")
    return ChatRequest(
        model,
        messages,
        tools,
        choice,
        response_format,
        stream,
        bool((options or {}).get("include_usage")),
        limits,
    )


def _check_numbers(model: str, body: Mapping[str, Any]) -> int | None:
    """The limit of the answer's tokens; parameters that the model refuses are refused."""
    temperature = body.get("temperature")
    if temperature is not None and not (isinstance(temperature, int | float) and 0 <= temperature <= 2):
        raise bad("temperature lies between 0 and 2.", "temperature")
    if _REASONING.match(model):
        if body.get("max_tokens") is not None:
            raise bad(
                "This model takes max_completion_tokens instead.", "max_tokens", "unsupported_parameter"
            )
        if temperature not in (None, 1):
            raise bad("This model takes only the default temperature.", "temperature", "unsupported_value")
    if body.get("n", 1) != 1:
        raise bad("One choice at a time is served here.", "n")
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    if limit is not None and not (isinstance(limit, int) and limit >= 1):
        raise bad("The limit of tokens is a number above 0.", "max_tokens")
    return limit


def _check_messages(messages: Sequence[Any]) -> None:
    """Roles, contents, and that tool calls and their results belong together."""
    owed: set[str] = set()
    for number, message in enumerate(messages):
        where = f"messages.[{number}]"
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise bad("A message has one of the roles " + ", ".join(_ROLES) + ".", f"{where}.role")
        calls = message.get("tool_calls")
        if message["role"] == "tool":
            if message.get("tool_call_id") not in owed:
                raise bad(
                    "A tool message answers a tool call of the assistant message before it.", f"{where}.role"
                )
            owed.discard(message["tool_call_id"])
        elif owed:
            raise bad(
                "An assistant message with tool_calls is followed by a tool message for each of them.", where
            )
        if not isinstance(message.get("content"), str | list) and not (
            message["role"] == "assistant" and calls
        ):
            raise bad("content is a string or an array of parts.", f"{where}.content")
        owed |= _call_ids(calls, where) if calls else set()
    if owed:
        raise bad(
            "An assistant message with tool_calls is followed by a tool message for each of them.", "messages"
        )


def _call_ids(calls: Any, where: str) -> set[str]:
    for call in calls if isinstance(calls, list) else [None]:
        function = call.get("function") if isinstance(call, dict) else None
        if (
            not isinstance(call, dict)
            or not isinstance(function, dict)
            or not call.get("id")
            or not isinstance(function.get("arguments"), str)
        ):
            raise bad(
                "A tool call has an id, a function name and arguments as a string.", f"{where}.tool_calls"
            )
    return {call["id"] for call in calls}


def _check_tools(tools: Any) -> None:
    if not isinstance(tools, list):
        raise bad("tools is an array.", "tools")
    for number, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or tool.get("type") != "function":
            raise bad("A tool is of type function.", f"tools[{number}].type")
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(function.get("name", ""))):
            raise bad(
                "A function's name has 1 to 64 letters, digits, _ or -.", f"tools[{number}].function.name"
            )
        parameters = function.get("parameters") or {"type": "object"}
        if parameters.get("type") != "object":
            raise bad(
                "A function's parameters are a schema of type object.", f"tools[{number}].function.parameters"
            )
        if function.get("strict"):
            _check_strict(parameters, f"tools[{number}].function.parameters")


def _check_format(response_format: Any, messages: Sequence[Mapping[str, Any]]) -> None:
    kind = response_format.get("type") if isinstance(response_format, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        raise bad("The response format is text, json_object or json_schema.", "response_format.type")
    if kind == "json_object" and "json" not in str(messages).casefold():
        raise bad("With json_object the word json has to stand in a message.", "messages")
    if kind == "json_schema":
        wanted = response_format.get("json_schema")
        if not isinstance(wanted, dict) or not re.fullmatch(
            r"[a-zA-Z0-9_-]{1,64}", str(wanted.get("name", ""))
        ):
            raise bad("A JSON schema needs a name.", "response_format.json_schema.name")
        if not isinstance(wanted.get("schema"), dict):
            raise bad("A JSON schema is an object.", "response_format.json_schema.schema")
        if wanted.get("strict"):
            _check_strict(wanted["schema"], "response_format.json_schema.schema")


def _check_strict(schema: Any, where: str) -> None:
    """Strict schemas close every object and require all its properties."""
    if isinstance(schema, list):
        for part in schema:
            _check_strict(part, where)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties") or {}
        if schema.get("additionalProperties") is not False:
            raise bad(
                "A strict schema says additionalProperties: false on every object.",
                where,
                "invalid_json_schema",
            )
        if set(schema.get("required") or ()) != set(properties):
            raise bad("A strict schema requires every property.", where, "invalid_json_schema")
        for part in properties.values():
            _check_strict(part, where)
    for key in ("items", "anyOf", "$defs"):
        part = schema.get(key)
        _check_strict(list(part.values()) if key == "$defs" and isinstance(part, dict) else part, where)
