import pytest

from voicebot.providers.openai.chat_request import ChatDialect
from voicebot.providers.ports import ModelRequest, ToolSpec

REQUEST = ModelRequest(messages=[{"role": "user", "content": "hi"}], max_tokens=50, temperature=0.2)
SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}


@pytest.fixture
def dialect() -> ChatDialect:
    return ChatDialect()


def test_a_stream_is_asked_for_with_usage_and_tools(dialect):
    tool = ToolSpec("end_call", "End the call.", {"type": "object", "properties": {}})
    request = ModelRequest(messages=REQUEST.messages, tools=[tool])

    body = dialect.stream_body("m", request)

    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}
    function = {"name": "end_call", "description": "End the call.", "parameters": tool.parameters}
    assert body["tools"] == [{"type": "function", "function": function}]


def test_no_tools_means_no_tools_field(dialect):
    assert "tools" not in dialect.stream_body("m", REQUEST)


@pytest.mark.parametrize(
    "parameter, message, gone",
    [
        ("stream_options", "Unsupported parameter.", "stream_options"),
        (None, "Unknown field: stream_options", "stream_options"),
        ("temperature", "Unsupported value: 'temperature' does not support 0.2.", "temperature"),
        ("max_tokens", "Unsupported parameter: use 'max_completion_tokens' instead.", "max_tokens"),
        (None, "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options')}]", "stream_options"),
    ],
)
def test_a_refused_parameter_is_not_sent_again(dialect, parameter, message, gone):
    assert dialect.learn(dialect.stream_body("m", REQUEST), parameter, message)

    assert gone not in dialect.stream_body("m", REQUEST)
    assert gone not in dialect.json_body("m", REQUEST, "n", SCHEMA)


def test_the_limit_of_tokens_goes_by_its_other_name(dialect):
    dialect.learn(dialect.stream_body("m", REQUEST), "max_tokens", "Unsupported parameter")

    assert dialect.stream_body("m", REQUEST)["max_completion_tokens"] == 50


@pytest.mark.parametrize(
    "parameter, message",
    [
        ("max_tokens", "max_tokens is too large: 50"),
        ("messages", "Invalid parameter: messages"),
        ("model", "The model does not exist"),
        (None, "Unsupported: tools"),
        (None, ""),
    ],
)
def test_other_refusals_teach_nothing(dialect, parameter, message):
    body = dialect.stream_body("m", REQUEST)

    assert not dialect.learn(body, parameter, message)
    assert dialect.stream_body("m", REQUEST) == body


def test_the_same_lesson_is_not_learned_twice(dialect):
    body = dialect.stream_body("m", REQUEST)
    dialect.learn(body, "temperature", "unsupported")

    assert not dialect.learn(body, "temperature", "unsupported")


def test_structured_output_falls_back_to_json_mode_and_then_to_words(dialect):
    first = dialect.json_body("m", REQUEST, "summary", SCHEMA)
    dialect.learn(first, "response_format", "response_format of type 'json_schema' is not supported")
    second = dialect.json_body("m", REQUEST, "summary", SCHEMA)
    dialect.learn(second, None, "Unknown parameter: response_format")
    third = dialect.json_body("m", REQUEST, "summary", SCHEMA)

    form = {"name": "summary", "schema": SCHEMA, "strict": True}
    assert first["response_format"] == {"type": "json_schema", "json_schema": form}
    assert first["messages"] == REQUEST.messages
    assert second["response_format"] == {"type": "json_object"}
    assert "JSON" in second["messages"][-1]["content"] and '"required"' in second["messages"][-1]["content"]
    assert "response_format" not in third
    assert third["messages"] == second["messages"]
