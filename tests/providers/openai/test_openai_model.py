import json
import logging
import socket
from dataclasses import replace

import pytest

from tests.providers.broken_provider import Answer, reset, silence, stream, wait_for_hang_up, whole
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import (
    ModelDone,
    ModelRequest,
    Outcome,
    Priority,
    ProviderError,
    TextDelta,
    ToolCall,
)
from voicebot.providers.slots.admission import LONGEST_WAIT_S

NOT_SENT, REFUSED, UNKNOWN = Outcome.NOT_SENT, Outcome.REFUSED, Outcome.UNKNOWN
REQUEST = ModelRequest(
    messages=[{"role": "user", "content": "hi"}], first_token_timeout_s=0.3, total_timeout_s=2.0
)
PATIENT = replace(REQUEST, first_token_timeout_s=2.0, total_timeout_s=4.0)


def event(**fields) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def says(text: str) -> bytes:
    return event(id="c1", model="m-1", choices=[{"index": 0, "delta": {"content": text}}])


ROLE = event(choices=[{"delta": {"role": "assistant", "content": ""}}])
STOP = event(choices=[{"delta": {}, "finish_reason": "stop"}])
USAGE = event(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 2})
DONE = b"data: [DONE]\n\n"
HELLO = stream(ROLE, says("Hello"), says(" you."), STOP, USAGE, DONE)
SAID = [TextDelta("Hello"), TextDelta(" you."), ModelDone("stop", "m-1", 3, 2)]
BUSY = whole(503, {"error": {"code": "overloaded", "message": "busy"}})


@pytest.fixture
def ask(provider):
    """Make a model of the test's server and stream one answer from it, with no pause between attempts."""
    made: list[OpenAIModel] = []

    def asked(request=PATIENT, *, fallback=None) -> list:
        if not made:
            made.append(OpenAIModel("key", f"{provider.url}/v1", "m", fallback, sleep=lambda _s: None))
        return list(made[0].stream(request))

    yield asked
    for model in made:
        model.close()


def models_asked(provider) -> list[str]:
    return [seen.json["model"] for seen in provider.seen]


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


FAILURES = {
    "no first token": (silence, "timeout", UNKNOWN),
    "comments but no token": (stream(*[b": ping\n\n"] * 20, every_s=0.05), "timeout", UNKNOWN),
    "a role but no token": (stream(ROLE, end="hang"), "timeout", UNKNOWN),
    "reset": (reset, "dropped", UNKNOWN),
    "cut before the first token": (stream(ROLE, end="cut"), "dropped", UNKNOWN),
    "empty stream": (stream(DONE), "empty", UNKNOWN),
    "nothing to say": (stream(ROLE, STOP, DONE), "empty", UNKNOWN),
    "only a thought": (stream(says("<think>We greet"), says(".</think>"), STOP, DONE), "empty", UNKNOWN),
    "only an emoji": (stream(says("👍"), STOP, DONE), "empty", UNKNOWN),
    "only dots": (stream(says("..."), STOP, DONE), "empty", UNKNOWN),
    "only a written tool call": (stream(says("<tool_call>{}</tool_call>"), STOP, DONE), "empty", UNKNOWN),
    "html": (whole(200, b"<html>oops</html>", "text/html"), "unreadable", UNKNOWN),
    "json of another shape": (whole(200, []), "unreadable", UNKNOWN),
    "broken json": (stream(b"data: {oops\n\n"), "unreadable", UNKNOWN),
    "error in the stream": (stream(event(error={"code": "server_error"})), "server_error", UNKNOWN),
    "500": (whole(500, {"error": {"code": "internal"}}), "internal", UNKNOWN),
    "502 html": (whole(502, b"<html>", "text/html"), "http_502", UNKNOWN),
    "429": (whole(429, {"error": {"type": "rate_limit"}}, Retry_After="9"), "rate_limit", NOT_SENT),
    "401": (whole(401, {"error": {"code": "invalid_api_key"}}), "invalid_api_key", REFUSED),
    "404": (whole(404, {"error": {"code": "model_not_found"}}), "model_not_found", REFUSED),
    "400": (whole(400, {"error": {"message": "no", "param": "messages"}}), "http_400", REFUSED),
}


@pytest.mark.parametrize("answer, code, outcome", FAILURES.values(), ids=FAILURES.keys())
def test_every_failure_says_what_may_have_happened(provider, ask, answer, code, outcome, stopwatch):
    provider.will(answer, answer)

    with pytest.raises(ProviderError) as failure:
        ask(REQUEST)

    assert (failure.value.provider, failure.value.code, failure.value.outcome) == ("openai", code, outcome)
    assert stopwatch() < 2.5


@pytest.mark.parametrize("answer", [case[0] for case in FAILURES.values()], ids=FAILURES.keys())
def test_every_failure_before_the_first_word_is_covered_by_the_second_model(provider, ask, answer):
    provider.will(answer)
    provider.will(*([answer] if will_be_repeated(answer) else []))
    provider.will(HELLO)

    assert ask(REQUEST, fallback="m2") == SAID
    assert models_asked(provider)[-1] == "m2"


def will_be_repeated(answer) -> bool:
    quick = ("reset", "cut before the first token", "empty stream", "nothing to say", "html", "broken json")
    wordless = ("only a thought", "only an emoji", "only dots", "only a written tool call")
    also = ("json of another shape", "error in the stream", "500", "502 html")
    return any(FAILURES[name][0] is answer for name in quick + wordless + also)


def test_a_rate_limit_carries_its_wait(provider, ask):
    provider.will(whole(429, {"error": {}}, Retry_After="9"))

    with pytest.raises(ProviderError) as failure:
        ask()

    assert failure.value.retry_after_s == 9.0


def test_one_quick_failure_is_tried_again_with_the_same_model(provider, ask):
    provider.will(BUSY, HELLO)

    assert ask(fallback="m2") == SAID
    assert models_asked(provider) == ["m", "m"]


def test_a_slow_model_is_not_waited_for_twice(provider, ask, stopwatch):
    provider.will(silence, HELLO)

    assert ask(REQUEST, fallback="m2") == SAID
    assert models_asked(provider) == ["m", "m2"]
    assert stopwatch() < 1.5


def test_nothing_is_tried_again_once_a_word_is_out(provider, ask):
    provider.will(stream(says("Half a"), end="cut"), HELLO)
    model = OpenAIModel("key", f"{provider.url}/v1", "m", "m2")
    heard = []

    with pytest.raises(ProviderError) as failure:
        for piece in model.stream(PATIENT):
            heard.append(piece)

    assert heard == [TextDelta("Half a")]
    assert (failure.value.code, failure.value.outcome) == ("dropped", UNKNOWN)
    assert len(provider.seen) == 1


def test_an_error_object_in_the_middle_ends_the_answer(provider):
    provider.will(stream(says("Half a"), event(error={"code": "server_error"}), end="hang"))
    pieces = OpenAIModel("key", f"{provider.url}/v1", "m").stream(PATIENT)
    next(pieces)

    with pytest.raises(ProviderError) as failure:
        next(pieces)

    assert failure.value.code == "server_error"


def test_a_stream_that_drips_does_not_outlast_the_total(provider, stopwatch):
    provider.will(stream(*[says("drip ")] * 50, every_s=0.05))
    request = replace(REQUEST, total_timeout_s=0.5)
    heard = []

    with pytest.raises(ProviderError) as failure:
        for piece in OpenAIModel("key", f"{provider.url}/v1", "m").stream(request):
            heard.append(piece)

    assert 0.45 < stopwatch() < 1.3
    assert (failure.value.code, failure.value.outcome) == ("timeout", UNKNOWN)
    assert 3 < len(heard) < 12


def test_a_stream_that_stalls_between_tokens_is_given_up_early(provider, stopwatch):
    provider.will(stream(says("Well, "), end="hang"))

    with pytest.raises(ProviderError) as failure:
        list(OpenAIModel("key", f"{provider.url}/v1", "m").stream(replace(REQUEST, total_timeout_s=5.0)))

    assert failure.value.code == "timeout"
    assert stopwatch() < 2.0


def test_a_listener_that_takes_its_time_loses_nothing(provider):
    provider.will(stream(says("One."), says("Two."), STOP, DONE))
    pieces = OpenAIModel("key", f"{provider.url}/v1", "m").stream(replace(REQUEST, first_token_timeout_s=0.1))

    first = next(pieces)
    provider.over.wait(0.25)

    assert [first, *pieces][1] == TextDelta("Two.")


def test_nobody_listening_is_not_sent(closed_port):
    model = OpenAIModel("key", f"{closed_port}/v1", "m", "m2", sleep=lambda _s: None)

    with pytest.raises(ProviderError) as failure:
        list(model.stream(REQUEST))

    assert (failure.value.code, failure.value.outcome) == ("unreachable", NOT_SENT)


def test_a_name_that_does_not_resolve_is_not_sent(monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    model = OpenAIModel("key", "http://nowhere.invalid/v1", "m", sleep=lambda _s: None)

    with pytest.raises(ProviderError) as failure:
        list(model.stream(REQUEST))

    assert (failure.value.code, failure.value.outcome) == ("unreachable", NOT_SENT)


def test_a_connection_that_is_not_accepted_in_time_is_not_sent(monkeypatch):
    def never(_address, timeout=None, **_kwargs):
        assert timeout <= 0.05
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", never)
    model = OpenAIModel("key", "http://127.0.0.1:9/v1", "m", connect_timeout_s=0.05, sleep=lambda _s: None)

    with pytest.raises(ProviderError) as failure:
        list(model.stream(REQUEST))

    assert (failure.value.code, failure.value.outcome) == ("connect_timeout", NOT_SENT)


def test_a_key_that_cannot_be_a_header_is_refused_here(provider):
    model = OpenAIModel("key\nwith a line feed", f"{provider.url}/v1", "m", sleep=lambda _s: None)

    with pytest.raises(ProviderError) as failure:
        list(model.stream(REQUEST))

    assert failure.value.outcome is REFUSED
    assert provider.seen == []


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


def test_failures_are_logged_without_what_was_said(provider, ask, caplog):
    caplog.set_level(logging.INFO)
    provider.will(whole(500, {"error": {"message": "your secret words: hi"}}), HELLO)

    ask()

    record = next(record for record in caplog.records if record.name == "voicebot.providers.openai.model")
    assert (record.provider, record.code, record.outcome) == ("openai", "http_500", "unknown")
    assert "secret" not in caplog.text


def test_an_answer_that_is_never_begun_asks_nobody(provider):
    OpenAIModel("key", f"{provider.url}/v1", "m").stream(REQUEST).close()

    assert provider.seen == []


def test_closing_while_the_server_is_silent_leaves_no_connection(provider):
    provider.will(wait_for_hang_up)
    model = OpenAIModel("key", f"{provider.url}/v1", "m")

    with pytest.raises(ProviderError):
        list(model.stream(replace(REQUEST, total_timeout_s=0.2)))

    assert provider.hung_up.wait(1.0)


@pytest.mark.parametrize("name", ["deepseek-r1", "Qwen/QwQ-32B", "qwen3-30b-a3b-thinking-2507"])
def test_a_model_whose_name_tells_that_it_thinks_says_nothing_of_it_in_its_first_answer(provider, name):
    provider.will(stream(says("They greet."), says("</think>Hello"), says(" you."), STOP, USAGE, DONE), HELLO)
    model = OpenAIModel("key", f"{provider.url}/v1", name, sleep=lambda _s: None)

    assert list(model.stream(PATIENT)) == SAID
    model.close()


def test_a_server_that_tells_reasoning_apart_lets_the_first_answer_come_as_it_is_written(provider):
    thinks = event(choices=[{"delta": {"reasoning_content": "They greet."}}])
    provider.will(stream(thinks, says("Hello"), says(" you."), end="hang"))
    model = OpenAIModel("key", f"{provider.url}/v1", "deepseek-r1")

    pieces = model.stream(PATIENT)

    assert next(pieces) == TextDelta("Hello")
    pieces.close()


def test_reasoning_that_nothing_begins_is_known_from_the_second_answer_on(provider, ask):
    """Some servers put the mark that begins it into the prompt: the text has only the one that ends it."""
    thinks = stream(says("They greet."), says("</think>Hello"), says(" you."), STOP, USAGE, DONE)
    provider.will(thinks, thinks, HELLO, HELLO)

    first, second, third = ask(), ask(), ask()

    assert TextDelta("Hello", anew=True) in first
    assert second == SAID
    # It has stopped thinking: the empty answer is tried again.
    assert third == SAID


def rate(kind: str, limit: int, remaining: int, reset: str) -> dict[str, str]:
    told = {"limit": str(limit), "remaining": str(remaining), "reset": reset}
    return {f"x_ratelimit_{name}_{kind}": value for name, value in told.items()}


def one_answer(**headers: str) -> Answer:
    message = {"role": "assistant", "content": "Hello you."}
    body = {"model": "m-1", "choices": [{"message": message, "finish_reason": "stop"}]}
    return whole(200, body, **headers)


@pytest.mark.parametrize("used_up", [rate("requests", 6, 0, "1m0s"), rate("tokens", 6000, 10, "1m0s")])
def test_a_model_whose_rate_is_used_up_is_not_asked_and_the_second_one_answers_soon(
    provider, ask, used_up, stopwatch
):
    provider.will(one_answer(**used_up), one_answer(), one_answer())

    ask(fallback="second")
    began = stopwatch()
    ask(fallback="second")

    assert models_asked(provider) == ["m", "second"]
    assert stopwatch() - began < LONGEST_WAIT_S, "nobody waits in vain"


def test_a_speculation_is_not_asked_where_little_is_left_of_a_rate_and_an_answer_is(provider, ask):
    provider.will(one_answer(**rate("requests", 600, 30, "57s")), one_answer(), one_answer())
    ask()

    with pytest.raises(ProviderError) as refusal:
        ask(replace(PATIENT, priority=Priority.SPECULATION))
    answer = ask(replace(PATIENT, priority=Priority.ANSWER))

    assert (refusal.value.code, refusal.value.outcome) == ("busy_here", NOT_SENT)
    assert answer[0] == TextDelta("Hello you.")
    assert len(provider.seen) == 2


def test_a_refusal_for_the_rate_tells_of_it_too(provider, ask):
    refusal = whole(429, {"error": {"code": "rate_limit_exceeded"}}, **rate("requests", 6, 0, "1m0s"))
    provider.will(refusal, one_answer(), one_answer())

    ask(fallback="second")
    ask(fallback="second")

    assert models_asked(provider) == ["m", "second", "second"]
