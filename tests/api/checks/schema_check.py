"""Hold answers against the description that the API gives of itself: the part of JSON Schema that it uses."""

import json
import re
from collections.abc import Iterator
from typing import Any

KINDS = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KNOWN = {
    "type", "properties", "required", "items", "enum", "const", "anyOf", "$ref", "title", "description", "default",
    "additionalProperties", "examples", "maxLength", "minLength", "maxItems", "minItems",
    "maxProperties",
}  # fmt: skip


def complaints(description: dict[str, Any], method: str, path: str, answer: Any) -> list[str]:
    """Return in what an answer differs from what is described for its operation and status."""
    template, operation = operation_of(description, method, path)
    described = operation["responses"].get(str(answer.status_code))
    if described is None:
        return [f"{method} {template}: {answer.status_code} is not described"]
    missing = [name for name in described.get("headers", {}) if name not in answer.headers]
    if answer.mimetype != "application/json":
        return [] if answer.mimetype in described["content"] else [f"{template}: {answer.mimetype}"]
    schema = described["content"]["application/json"]["schema"]
    wrong = list(differences(description, schema, json.loads(answer.data), "$"))
    return [f"{template}: no header {name}" for name in missing] + [f"{template}: {each}" for each in wrong]


def operation_of(description: dict[str, Any], method: str, path: str) -> tuple[str, dict[str, Any]]:
    """Find the operation; a path without parameters goes before one with."""
    for template, operations in sorted(description["paths"].items(), key=lambda each: "{" in each[0]):
        shape = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(shape, path) and method.lower() in operations:
            return template, operations[method.lower()]
    raise AssertionError(f"{method} {path} is not described")


def differences(description: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    """Yield where a value is not as its schema says; a word of the schema that is not known here is one, too."""
    if unknown := schema.keys() - KNOWN:
        yield f"{where}: the check does not know {sorted(unknown)}"
    if "$ref" in schema:
        place = description
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        yield from differences(description, place, value, where)
    if "anyOf" in schema and all(any(differences(description, one, value, where)) for one in schema["anyOf"]):
        yield f"{where}: {type(value).__name__} is none of what may be"
    kind = schema.get("type")
    if kind and (not isinstance(value, KINDS[kind]) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{where}: {type(value).__name__} in place of {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: a word that is not listed"
    if "const" in schema and value != schema["const"]:
        yield f"{where}: not the only value that may be"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{where}: lacks {name}" for name in schema.get("required", ()) if name not in value)
        yield from (
            f"{where}: {name} is not described" for name in value if properties and name not in properties
        )
        for name in properties.keys() & value.keys():
            yield from differences(description, properties[name], value[name], f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value):
            yield from differences(description, schema["items"], item, f"{where}[{place}]")
