import json
from typing import Literal

import pytest
from pydantic import BaseModel

from voicebot.providers.openai.json_answer import read_answer, strict_schema
from voicebot.providers.ports import Outcome, ProviderError


class Summary(BaseModel):
    """What is asked for."""

    tldr: str
    items: list[str]
    outcome: Literal["done", "open"] | None = None


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
    assert read_answer(completion(content), "p", Summary).model_dump() == GOOD


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
        read_answer(body, "p", Summary)

    assert (failure.value.code, failure.value.outcome) == ("unreadable", Outcome.UNKNOWN)


def test_a_model_that_declines_has_refused():
    with pytest.raises(ProviderError) as failure:
        read_answer(completion(None, refusal="I cannot help with that."), "p", Summary)

    assert (failure.value.code, failure.value.outcome) == ("declined", Outcome.REFUSED)


def test_an_error_object_instead_of_an_answer_keeps_its_code():
    with pytest.raises(ProviderError) as failure:
        read_answer(b'{"error": {"code": "overloaded"}}', "p", Summary)

    assert failure.value.code == "overloaded"


class Figures(BaseModel):
    """One of each kind."""

    count: int
    share: float
    sure: bool = False


class Inner(BaseModel):
    """An object in an object."""

    b: str


class Outer(BaseModel):
    """An object with one in it."""

    a: list[Inner]


@pytest.mark.parametrize(
    ("answer", "wanted", "fits"),
    [
        ({"count": True, "share": 1, "sure": True}, Figures, False),
        ({"count": 1, "share": 1, "sure": 1}, Figures, False),
        ({"count": 1.5, "share": 1, "sure": True}, Figures, False),
        ({"count": "1", "share": 1, "sure": True}, Figures, False),
        ({"count": 1, "share": 1, "sure": True}, Figures, True),
        ({"a": [{"b": 1}]}, Outer, False),
        ({"a": [{"b": "x"}]}, Outer, True),
        ({"a": [{"b": "x", "more": 1}], "other": 1}, Outer, True),
    ],
)
def test_an_answer_is_held_against_its_model_all_the_way_down(answer, wanted, fits):
    body = completion(json.dumps(answer))

    if fits:
        assert isinstance(read_answer(body, "p", wanted), wanted)
    else:
        with pytest.raises(ProviderError):
            read_answer(body, "p", wanted)


def test_a_schema_is_as_strict_as_structured_output_wants_it():
    assert strict_schema(Figures) == {
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "share": {"type": "number"},
            "sure": {"type": "boolean"},
        },
        "required": ["count", "share", "sure"],
        "additionalProperties": False,
    }
    assert strict_schema(Outer)["$defs"]["Inner"]["additionalProperties"] is False


def test_what_the_model_wrote_is_not_kept_in_the_error():
    with pytest.raises(ProviderError) as failure:
        read_answer(completion('{"tldr": "my code is 123456"}'), "p", Summary)

    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__
