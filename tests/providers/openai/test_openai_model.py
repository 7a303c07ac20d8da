"""A chat model streams its answer as the server writes it, and understands servers that differ in small things."""

from dataclasses import replace

import pytest

from tests.providers.broken_provider import stream, wait_for_hang_up, whole
from tests.providers.openai.streamed import DONE, HELLO, PATIENT, REQUEST, SAID, STOP, USAGE, event, says
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ModelDone, ProviderError, TextDelta, ToolCall


def test_an_answer_is_streamed_with_what_openai_expects(provider, ask):
    provider.will(HELLO)

    assert ask() == SAID

    seen = provider.seen[0]
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert seen.headers["authorization"] == "Bearer key"
    assert seen.json["messages"] == [{"role": "user", "content": "hi"}]


def test_a_server_whose_address_has_no_path_is_asked_at_its_root(provider):
    provider.will(HELLO)
    model = OpenAIModel("key", provider.url, "m")

    assert list(model.stream(PATIENT)) == SAID

    assert provider.seen[0].path == "/chat/completions"
    model.close()


def test_pieces_are_yielded_while_the_model_still_writes(provider):
    provider.will(stream(says("First."), end="hang"))
    model = OpenAIModel("key", f"{provider.url}/v1", "m")

    pieces = model.stream(PATIENT)

    assert next(pieces) == TextDelta("First.")
    pieces.close()


def test_the_connection_is_used_again_for_the_next_turn(provider, ask):
    provider.will(HELLO, HELLO)

    ask()
    ask()

    assert len({seen.port for seen in provider.seen}) == 1


def test_closing_the_answer_hangs_up_at_once(provider):
    provider.will(stream(says("One."), end="hung_up"))
    model = OpenAIModel("key", f"{provider.url}/v1", "m")
    pieces = model.stream(PATIENT)
    next(pieces)

    pieces.close()

    assert provider.hung_up.wait(1.0)


def test_tools_are_offered_and_called(provider, ask):
    call = {"index": 0, "id": "t1", "function": {"name": "transfer", "arguments": '{"reason": '}}
    rest = {"index": 0, "function": {"arguments": '"bill"}'}}
    provider.will(
        stream(
            event(choices=[{"delta": {"tool_calls": [call]}}]),
            event(choices=[{"delta": {"tool_calls": [rest]}, "finish_reason": "tool_calls"}]),
            DONE,
        )
    )

    assert ask()[0] == ToolCall("t1", "transfer", {"reason": "bill"})


@pytest.mark.parametrize(
    "answer",
    [
        stream(says("Hello"), says(" you."), STOP, USAGE),
        stream(
            b": ping\r\n\r\n",
            *(part.replace(b"\n", b"\r\n") for part in (says("Hello"), says(" you."), STOP, USAGE)),
        ),
        stream(says("Hello") + says(" you.") + STOP, USAGE, DONE, end="cut"),
        stream(says("Hello"), says(" you."), STOP, USAGE, end="hang"),
        stream(says("Hello"), says(" you."), STOP, USAGE, DONE, end="hang"),
    ],
    ids=["no DONE", "crlf and comments", "cut after DONE", "never closed, no DONE", "never closed"],
)
def test_servers_that_differ_in_small_things_are_understood(provider, ask, answer, stopwatch):
    provider.will(answer)

    assert ask() == SAID
    assert stopwatch() < 2.0


def test_a_server_that_does_not_stream_is_understood(provider, ask):
    message = {"role": "assistant", "content": "Hello you."}
    provider.will(whole(200, {"model": "m-1", "choices": [{"message": message, "finish_reason": "stop"}]}))

    assert ask() == [TextDelta("Hello you."), ModelDone("stop", "m-1")]


def test_a_listener_that_takes_its_time_loses_nothing(provider):
    provider.will(stream(says("One."), says("Two."), STOP, DONE))
    pieces = OpenAIModel("key", f"{provider.url}/v1", "m").stream(replace(REQUEST, first_token_timeout_s=0.1))

    first = next(pieces)
    provider.over.wait(0.25)

    assert [first, *pieces][1] == TextDelta("Two.")


def test_a_server_that_refuses_a_parameter_is_asked_without_it_from_then_on(provider, ask):
    no_options = whole(400, {"error": {"message": "Unknown parameter: 'stream_options'.", "param": None}})
    no_limit = whole(400, {"error": {"message": "Unsupported parameter.", "param": "max_tokens"}})
    provider.will(no_options, no_limit, HELLO, HELLO)

    assert ask() == SAID
    assert ask() == SAID

    last = provider.seen[-1].json
    assert "stream_options" not in last and "max_tokens" not in last
    assert last["max_completion_tokens"] == 400
    assert len(provider.seen) == 4


def test_an_answer_that_is_never_begun_asks_nobody(provider):
    OpenAIModel("key", f"{provider.url}/v1", "m").stream(REQUEST).close()

    assert provider.seen == []


def test_closing_while_the_server_is_silent_leaves_no_connection(provider):
    provider.will(wait_for_hang_up)
    model = OpenAIModel("key", f"{provider.url}/v1", "m")

    with pytest.raises(ProviderError):
        list(model.stream(replace(REQUEST, total_timeout_s=0.2)))

    assert provider.hung_up.wait(1.0)
