"""Describe the API as OpenAPI 3.1, from the same table that serves it."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from voicebot.api.queries import Query, schemas_of
from voicebot.api.routes import Example, Route

SCHEMAS = "#/components/schemas/{model}"
ERROR = {
    "type": "object",
    "description": "A refusal.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "One word for programs."},
                "message": {"type": "string", "description": "A sentence for people."},
                "field": {"type": "string", "description": "The field of the request that it is about."},
            },
        }
    },
}
REFUSALS = {
    400: "The request is not as described; `field` says where.",
    401: "No key, or one that opens nothing.",
    403: "The key's role, or whose key it is, does not allow this.",
    413: "The body is too large.",
    429: "Too often. `Retry-After` says for how many seconds.",
    503: "Not possible right now.",
}
WAIT = {"Retry-After": "Seconds to wait."}


def document(routes: Iterable[Route], server: str) -> dict[str, Any]:
    """Return openapi.json; `server` is where the paths begin."""
    routes = tuple(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Voicebot",
            "version": "1",
            "description": "Calls, texts and phone verification. Keys are made with `voicebot keys create NAME`.",
        },
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(routes) | {"Error": ERROR},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    responses = {str(status): _response(example, status) for status, example in route.answers.items()}
    for status, description in REFUSALS.items():
        if status not in route.answers:
            headers = WAIT if status in (429, 503) else {}
            responses[str(status)] = _response(Example(description, headers=headers), status)
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "summary": route.summary,
        "description": f"Opened by keys of: {', '.join(route.roles)}.",
        "responses": dict(sorted(responses.items())),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"<(?:\w+:)?(\w+)>", route.path)
    ] + (_in_query(route.query) if route.query else [])
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.body.__name__)}
    elif route.file_body:
        content = {each: {"schema": {"type": "string", "format": "binary"}} for each in route.file_body}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.text_body:
        content = {route.text_body: {"schema": {"type": "string"}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _in_query(query: type[Query]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": query.model_fields[name].is_required(),
            "description": schema.pop("description"),
            "schema": schema,
        }
        for name, schema in schemas_of(query).items()
    ]


def _response(example: Example, status: int) -> dict[str, Any]:
    model = example.model.__name__ if example.model else "Error" if status >= 400 else None
    told: dict[str, Any] = {"description": example.description}
    if model:
        told["content"] = _content(model)
    if example.csv:
        told["content"] = {**told.get("content", {}), "text/csv": {"schema": {"type": "string"}}}
    if example.media:
        told["content"] = {example.media: {"schema": {"type": "string", "format": "binary"}}}
    if example.headers:
        told["headers"] = {
            name: {"description": words, "required": True, "schema": {"type": "string"}}
            for name, words in example.headers.items()
        }
    return told


def _content(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": SCHEMAS.format(model=model)}}}


def _schemas(routes: Iterable[Route]) -> dict[str, Any]:
    models: list[type[BaseModel]] = []
    for route in routes:
        models += [route.body] if route.body else []
        models += [example.model for example in route.answers.values() if example.model]
    return _described(tuple(dict.fromkeys(models)))


@cache
def _described(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    # A tenth of a second of CPU: once in a process, whoever asks.
    _, described = models_json_schema([(model, "validation") for model in models], ref_template=SCHEMAS)
    schemas: dict[str, Any] = described["$defs"]
    return schemas
