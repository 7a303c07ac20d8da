"""Ask a model for a JSON object by a pydantic model, and read what it answers.

Structured output is only promised where the server knows it; everywhere else the schema is a wish, so every answer is
validated.
"""

import re
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from voicebot.domain.answer.model_text import without_reasoning
from voicebot.providers.http.errors import clean_code, unreadable
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.ports.model import Wanted

_FENCED = re.compile(r"\A\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class _StrictSchema(GenerateJsonSchema):
    """What structured output takes of JSON Schema: every key required, none beside them, no titles and defaults."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: Any) -> dict[str, Any]:
        written = super().model_schema(schema)
        kept = {key: value for key, value in written.items() if key not in ("title", "description")}
        return kept | {"required": list(written.get("properties", {})), "additionalProperties": False}


def strict_schema(wanted: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema by which a model is asked for such an object."""
    return wanted.model_json_schema(schema_generator=_StrictSchema)


def read_answer(completion: bytes, provider: str, wanted: type[Wanted]) -> Wanted:
    """Return the object in a whole chat completion, without unknown keys.

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
    content = without_reasoning(content)
    fenced = _FENCED.match(content)
    try:
        answer = orjson.loads(fenced.group(1) if fenced else content)
        return wanted.model_validate(answer, strict=True, extra="ignore")
    except (orjson.JSONDecodeError, ValidationError):
        # Neither error is kept as the cause: both repeat what the model wrote.
        raise unreadable(provider) from None


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
