"""The OpenAI stand-in over HTTP: raw, and through the real SDK."""

import json
import math
from collections.abc import Iterator
from typing import Any

import openai
import pytest
import requests

from simulator.tests.providers.stand_ins import KEY, StandIns, app_with, serving

SYSTEM = {
    "role": "system",
    "content": "## Facts\n- Parking is free in the courtyard.\n- The pool is heated to thirty degrees.",
}
ASK = {"role": "user", "content": "Is there parking?"}
ANSWER = "Parking is free in the courtyard."
TAKE_MESSAGE = {
    "type": "function",
    "function": {
        "name": "take_message",
        "description": "Write down a message that the caller wants to leave.",
        "parameters": {
            "type": "object",
            "properties": {"message": {"type": "string"}},
            "required": ["message"],
        },
    },
}


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[StandIns]:
    with serving(app_with()) as running:
        yield running


@pytest.fixture
def sdk(stand_ins: StandIns) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key="sk-any", base_url=f"{stand_ins.url}/openai/v1", max_retries=0, timeout=10
    ) as client:
        yield client


def events(response: requests.Response) -> list[dict[str, Any]]:
    lines = [line for line in response.text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def error_of(response: requests.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def test_an_answer_comes_whole(stand_ins: StandIns) -> None:
    answer = stand_ins.chat(SYSTEM, ASK).json()

    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["content"] == ANSWER
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert (
        answer["usage"]["total_tokens"]
        == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]
        > 20
    )


def test_a_stream_is_the_same_answer_in_tokens(stand_ins: StandIns) -> None:
    response = stand_ins.chat(SYSTEM, ASK, stream=True, stream_options={"include_usage": True})

    chunks = events(response)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content") or "" for delta in deltas) == ANSWER
    assert len([delta for delta in deltas if delta.get("content")]) >= 5
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]][-1] == "stop"
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["completion_tokens"] >= 5
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_the_sdk_reads_streams_with_tools_and_sends_results_back(sdk: openai.OpenAI) -> None:
    messages: list[Any] = [SYSTEM, {"role": "user", "content": "I want to leave a message: the pool is cold"}]
    with sdk.chat.completions.stream(model="gpt-4o-mini", messages=messages, tools=[TAKE_MESSAGE]) as stream:
        first = stream.get_final_completion().choices[0]

    assert first.finish_reason == "tool_calls"
    assert first.message.tool_calls is not None
    call = first.message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "take_message",
        {"message": "the pool is cold"},
    )

    asked = {
        "id": call.id,
        "type": "function",
        "function": {"name": "take_message", "arguments": call.function.arguments},
    }
    messages += [
        {"role": "assistant", "content": None, "tool_calls": [asked]},
        {"role": "tool", "tool_call_id": call.id, "content": '{"message": "the message is noted"}'},
    ]
    second = sdk.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[TAKE_MESSAGE])
    assert second.choices[0].message.content == "The message is noted."


def test_the_sdk_gets_structured_output(sdk: openai.OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "action_items": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["title", "action_items"],
        "additionalProperties": False,
    }

    answer = sdk.chat.completions.create(
        model="gpt-4o-mini",
        messages=[
            {
                "role": "user",
                "content": "Bot: Hello.\nCaller: Please call me back tomorrow.\nBot: I will tell them.",
            }
        ],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "summary", "strict": True, "schema": schema},
        },
    )

    value = json.loads(answer.choices[0].message.content or "")
    assert value == {
        "title": "A call back was wanted",
        "action_items": ['Call the caller back: "Please call me back tomorrow."'],
    }


def test_the_sdk_lists_models_and_embeds(sdk: openai.OpenAI) -> None:
    assert "gpt-4o-mini" in {model.id for model in sdk.models.list()}

    texts = ["When are you open on Saturdays?", "Opening hours on Saturday", "The bill was never paid"]
    vectors = [
        row.embedding for row in sdk.embeddings.create(model="text-embedding-3-small", input=texts).data
    ]

    def cosine(a: list[float], b: list[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    assert [len(vector) for vector in vectors] == [1536] * 3
    assert all(math.isclose(cosine(vector, vector), 1.0, rel_tol=1e-4) for vector in vectors)
    assert cosine(vectors[0], vectors[1]) > 0.5 > 0.2 > cosine(vectors[0], vectors[2])


def test_embeddings_are_the_same_every_time_and_as_long_as_asked(stand_ins: StandIns) -> None:
    def embed(**more: Any) -> Any:
        body = {"model": "text-embedding-3-small", "input": "hello there", **more}
        return requests.post(
            f"{stand_ins.url}/openai/v1/embeddings", json=body, headers=KEY, timeout=5
        ).json()

    short = embed(dimensions=256)["data"][0]["embedding"]

    assert len(short) == 256
    assert short == embed(dimensions=256)["data"][0]["embedding"]
    assert embed(dimensions=9999)["error"]["param"] == "dimensions"
    assert embed(input=[])["error"]["param"] == "input"


def test_a_limit_of_tokens_cuts_the_answer_and_says_so(stand_ins: StandIns) -> None:
    choice = stand_ins.chat(SYSTEM, ASK, max_tokens=3).json()["choices"][0]

    assert choice["finish_reason"] == "length"
    assert ANSWER.startswith(choice["message"]["content"]) and choice["message"]["content"] != ANSWER


def test_no_key_no_answer(stand_ins: StandIns) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Basic abc"}):
        response = requests.get(f"{stand_ins.url}/openai/v1/models", headers=headers, timeout=5)
        assert response.status_code == 401
        assert error_of(response)["type"] == "invalid_request_error"


def test_an_unknown_model_is_not_found(stand_ins: StandIns, sdk: openai.OpenAI) -> None:
    response = stand_ins.chat(ASK, model="gpt-9000")

    assert (response.status_code, error_of(response)["code"]) == (404, "model_not_found")
    with pytest.raises(openai.NotFoundError):
        sdk.models.retrieve("gpt-9000")


CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
OPEN_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages.[0].content"),
        ({"messages": [ASK, {"role": "tool", "tool_call_id": "c1", "content": "x"}]}, "messages.[1].role"),
        ({"messages": [ASK, {"role": "assistant", "content": None, "tool_calls": [CALL]}]}, "messages"),
        ({"messages": [ASK, {"role": "assistant", "tool_calls": [CALL]}, ASK]}, "messages.[2]"),
        ({"messages": [ASK, {"role": "assistant", "tool_calls": [None]}, ASK]}, "messages.[1].tool_calls"),
        ({"messages": [ASK], "tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"messages": [ASK], "tool_choice": "required"}, "tool_choice"),
        ({"messages": [ASK], "tools": [TAKE_MESSAGE], "tool_choice": "required"}, "tool_choice"),
        ({"messages": [ASK], "temperature": 3}, "temperature"),
        ({"messages": [ASK], "stream_options": {"include_usage": True}}, "stream_options"),
        ({"messages": [ASK], "response_format": {"type": "json_object"}}, "messages"),
        ({"messages": [ASK], "response_format": {"type": "xml"}}, "response_format.type"),
        (
            {"messages": [ASK], "response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": OPEN_SCHEMA}}},
            "response_format.json_schema.schema",
        ),
        ({"messages": [ASK], "model": "o3-mini", "max_tokens": 5}, "max_tokens"),
        ({"messages": [ASK], "model": "gpt-5-mini", "temperature": 0.3}, "temperature"),
        ({"messages": [ASK], "max_tokens": 0}, "max_tokens"),
    ],
)  # fmt: skip
def test_what_openai_would_refuse_is_refused(stand_ins: StandIns, body: dict[str, Any], param: str) -> None:
    body = {"model": "gpt-4o-mini", **body}
    response = requests.post(f"{stand_ins.url}/openai/v1/chat/completions", json=body, headers=KEY, timeout=5)

    assert response.status_code == 400
    assert error_of(response)["param"] == param


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\x00", b'"x"'])
def test_bodies_that_are_no_object_are_refused(stand_ins: StandIns, body: bytes) -> None:
    response = requests.post(f"{stand_ins.url}/openai/v1/chat/completions", data=body, headers=KEY, timeout=5)

    assert response.status_code == 400
    assert error_of(response)["type"] == "invalid_request_error"


def test_two_simulators_with_one_seed_give_the_same_stream_and_another_seed_other_ids() -> None:
    def stream(seed: int) -> list[Any]:
        with serving(app_with(seed=seed)) as running:
            return [(c["id"], c["choices"]) for c in events(running.chat(SYSTEM, ASK, stream=True))]

    assert stream(5) == stream(5)
    assert stream(5)[0][0] != stream(6)[0][0]
