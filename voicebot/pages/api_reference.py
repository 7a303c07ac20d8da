"""Turn an OpenAPI document into what a page shows: groups of operations, flat fields, an example to copy.

Pure. It knows the part of OpenAPI 3.1 that `voicebot/api/openapi.py` writes.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
Schema = Mapping[str, Any]
DEEPEST = 3
"""How many levels of objects within objects are shown."""


@dataclass(frozen=True)
class Field:
    """One parameter or one field of a body, named by its path, as `rows[].number`."""

    name: str
    type: str
    required: bool
    description: str
    where: str = ""


@dataclass(frozen=True)
class Outcome:
    """One status: what it means, and the fields of its JSON."""

    status: str
    description: str
    fields: tuple[Field, ...]
    is_error: bool


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    opened_by: str
    parameters: tuple[Field, ...]
    media_type: str
    body: tuple[Field, ...]
    answers: tuple[Outcome, ...]
    example: str


@dataclass(frozen=True)
class Group:
    """The operations below one first part of the path."""

    name: str
    operations: tuple[Operation, ...]


def groups_of(document: Document, public_url: str) -> list[Group]:
    """Return every operation, grouped, in the document's order; examples go to `public_url`."""
    base = public_url + document["servers"][0]["url"]
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        group = found.setdefault(path.split("/")[1], [])
        for method, operation in methods.items():
            group.append(_operation(document, base, path, method.upper(), operation))
    return [Group(name, tuple(operations)) for name, operations in found.items()]


def _operation(document: Document, base: str, path: str, method: str, told: Mapping[str, Any]) -> Operation:
    content = told.get("requestBody", {}).get("content", {})
    media_type, body = next(((name, part["schema"]) for name, part in content.items()), ("", {}))
    return Operation(
        id=told["operationId"],
        method=method,
        path=path,
        summary=told["summary"],
        opened_by=told.get("description", ""),
        parameters=tuple(
            Field(
                one["name"],
                type_of(document, one["schema"]),
                one["required"],
                one.get("description", ""),
                one["in"],
            )
            for one in told.get("parameters", ())
        ),
        media_type=media_type,
        body=tuple(fields_of(document, body)),
        answers=tuple(_answer(document, status, one) for status, one in told["responses"].items()),
        example=curl(document, base + path, method, told.get("parameters", ()), media_type, body),
    )


def _answer(document: Document, status: str, told: Mapping[str, Any]) -> Outcome:
    content = told.get("content", {})
    schema: Schema = next((part["schema"] for part in content.values()), {})
    is_error = int(status) >= 400
    # All errors look alike: they are shown once.
    fields = () if is_error else tuple(fields_of(document, schema))
    return Outcome(status, told["description"], fields, is_error)


# --- schemas --------------------------------------------------------------------------------------


def resolved(document: Document, schema: Schema) -> Schema:
    """Follow a reference into the document's own schemas."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def fields_of(document: Document, schema: Schema, prefix: str = "", depth: int = 0) -> Iterator[Field]:
    """Give the fields of an object, those of objects within it under its own name."""
    schema = resolved(document, schema)
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        description = one.get("description") or resolved(document, _inner(document, one)[0]).get(
            "description", ""
        )
        yield Field(prefix + name, type_of(document, one), name in required, description)
        inner, mark = _inner(document, one)
        if depth < DEEPEST and "properties" in resolved(document, inner):
            yield from fields_of(document, inner, f"{prefix}{name}{mark}.", depth + 1)


def _inner(document: Document, schema: Schema) -> tuple[Schema, str]:
    """Return what a field holds, without `or null` and without being a list; and the mark of a list."""
    kinds = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(kinds) == 1:
        return _inner(document, kinds[0])
    if schema.get("type") == "array":
        return schema.get("items", {}), "[]"
    return schema, ""


def type_of(document: Document, schema: Schema) -> str:
    """Say in words which values a schema takes."""
    schema = resolved(document, schema)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_of(document, one) for one in schema["anyOf"]))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {type_of(document, schema.get('items', {}))}"
    words = str(schema.get("format") or schema.get("type", "anything"))
    limits = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "up to"))
        if key in schema
    ]
    return ", ".join([words, *limits]) + (" characters" if "maxLength" in schema else "")


# --- the example ----------------------------------------------------------------------------------


def curl(
    document: Document,
    url: str,
    method: str,
    parameters: Any,
    media_type: str,
    body: Schema,
) -> str:
    """Return a command that asks for this; `$KEY` is the API key, other capitals are to be filled in."""
    asked = "&".join(
        f"{one['name']}={_name_of(one['name'])}"
        for one in parameters
        if one["in"] == "query" and one["required"]
    )
    url = re.sub(r"\{(\w+)\}", lambda found: _name_of(found[1]), url) + (f"?{asked}" if asked else "")
    lines = [f"curl -X {method} {shlex.quote(url)}" if method != "GET" else f"curl {shlex.quote(url)}"]
    lines.append('-H "Authorization: Bearer $KEY"')
    if media_type == "application/json":
        lines.append(f"-H 'Content-Type: {media_type}'")
        lines.append(f"-d {shlex.quote(json.dumps(example_of(document, body)))}")
    elif media_type:
        lines.append(f"-H 'Content-Type: {media_type}'")
        lines.append("--data-binary @FILE")
    return " \\\n  ".join(lines)


def _name_of(parameter: str) -> str:
    return parameter.upper()


def example_of(document: Document, schema: Schema) -> Any:
    """Return a value that the schema takes: what must be there, and what has an example."""
    schema = resolved(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(document, schema["anyOf"][0])
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            chosen = {
                name: one
                for name, one in schema.get("properties", {}).items()
                if name in required or resolved(document, one).get("examples")
            }
            # Nothing has to be there: then one field shows how it is written.
            chosen = chosen or dict(list(schema.get("properties", {}).items())[:1])
            return {name: example_of(document, one) for name, one in chosen.items()}
        case "array":
            return [example_of(document, schema.get("items", {}))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return "…"
