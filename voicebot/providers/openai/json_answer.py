"""Read the JSON object that a model was asked for, and check it against the schema.

Only some servers promise structured output; for the others the schema is a wish. The check covers the keywords of our
schemas: type, required, properties, items and enum.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from voicebot.providers.http.errors import clean_code, unreadable
from voicebot.providers.ports import Outcome, ProviderError

_FENCED = re.compile(r"\A\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def read_answer(completion: bytes, provider: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object inside a whole chat completion.

    Raises ProviderError: `refused` when the model declined, else `unknown` (unreadable, cut short, not fitting).
    """
    try:
        payload = orjson.loads(completion)
    except orjson.JSONDecodeError as error:
        raise unreadable(provider) from error
    message = _message(payload, provider)
    if message.get("refusal"):
        raise ProviderError(provider, "declined", Outcome.REFUSED)
    content = message.get("content")
    if not isinstance(content, str):
        raise unreadable(provider)
    fenced = _FENCED.match(content)
    try:
        answer = orjson.loads(fenced.group(1) if fenced else content)
    except orjson.JSONDecodeError as error:
        raise unreadable(provider) from error
    if not isinstance(answer, dict) or not fits(answer, schema):
        raise unreadable(provider)
    return answer


def fits(value: object, schema: Mapping[str, Any]) -> bool:
    """Say whether a value has the type, the keys and the members that a schema asks for, all the way down."""
    wanted = schema.get("type")
    if wanted is not None and not any(_is(value, kind) for kind in _as_list(wanted)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return all(key in value for key in schema.get("required", ())) and all(
            fits(member, properties[key]) for key, member in value.items() if key in properties
        )
    if isinstance(value, list) and "items" in schema:
        return all(fits(member, schema["items"]) for member in value)
    return True


def _message(payload: object, provider: str) -> dict[str, Any]:
    if isinstance(payload, dict) and isinstance(payload.get("error"), dict):
        error = payload["error"]
        raise unreadable(provider, clean_code(error.get("code")) or "error_answer")
    try:
        message = payload["choices"][0]["message"]  # type: ignore[index]
    except (KeyError, IndexError, TypeError) as error:
        raise unreadable(provider) from error
    if not isinstance(message, dict):
        raise unreadable(provider)
    return message


def _is(value: object, kind: str) -> bool:
    # A bool is an int to Python, and none to JSON.
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES.get(kind, object))


def _as_list(wanted: object) -> list[str]:
    return wanted if isinstance(wanted, list) else [str(wanted)]
