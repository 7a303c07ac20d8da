import json

import pytest

from voicebot.providers.openai.json_answer import fits, read_answer
from voicebot.providers.ports import Outcome, ProviderError

SCHEMA = {
    "type": "object",
    "required": ["tldr", "items"],
    "properties": {
        "tldr": {"type": "string"},
        "items": {"type": "array", "items": {"type": "string"}},
        "outcome": {"type": ["string", "null"], "enum": ["done", "open", None]},
    },
}
GOOD = {"tldr": "Wants a quote.", "items": ["call back"], "outcome": None}


def completion(content, **message):
    return json.dumps({"choices": [{"message": {"content": content, **message}}]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(GOOD),
        json.dumps(GOOD, indent=2) + "\n",
        f"```json\n{json.dumps(GOOD)}\n```",
        f"\n```\n{json.dumps(GOOD)}\n```\n",
    ],
    ids=["plain", "pretty", "fenced", "fenced without a name"],
)
def test_the_object_is_found(content):
    assert read_answer(completion(content), "p", SCHEMA) == GOOD


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"choices":[]}',
        b'{"choices":[{"message":"x"}]}',
        completion(None),
        completion("I would say: it went well."),
        completion("[1, 2]"),
        completion('{"tldr": "x", "items": ['),
        completion('{"tldr": "x"}'),
        completion('{"tldr": "x", "items": "none"}'),
        completion('{"tldr": "x", "items": [1]}'),
        completion('{"tldr": "x", "items": [], "outcome": "sold"}'),
    ],
)
def test_anything_else_is_unreadable(body):
    with pytest.raises(ProviderError) as failure:
        read_answer(body, "p", SCHEMA)

    assert (failure.value.code, failure.value.outcome) == ("unreadable", Outcome.UNKNOWN)


def test_a_model_that_declines_has_refused():
    with pytest.raises(ProviderError) as failure:
        read_answer(completion(None, refusal="I cannot help with that."), "p", SCHEMA)

    assert (failure.value.code, failure.value.outcome) == ("declined", Outcome.REFUSED)


def test_an_error_object_instead_of_an_answer_keeps_its_code():
    with pytest.raises(ProviderError) as failure:
        read_answer(b'{"error": {"code": "overloaded"}}', "p", SCHEMA)

    assert failure.value.code == "overloaded"


@pytest.mark.parametrize(
    "value, schema, verdict",
    [
        (True, {"type": "integer"}, False),
        (True, {"type": "boolean"}, True),
        (1, {"type": "number"}, True),
        (1.5, {"type": "integer"}, False),
        (None, {"type": ["string", "null"]}, True),
        ({"a": {"b": 1}}, {"properties": {"a": {"properties": {"b": {"type": "string"}}}}}, False),
        ({"other": 1}, {"properties": {"a": {"type": "string"}}}, True),
        ("anything", {}, True),
    ],
)
def test_a_value_is_held_against_its_schema(value, schema, verdict):
    assert fits(value, schema) is verdict
