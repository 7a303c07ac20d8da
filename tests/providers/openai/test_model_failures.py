"""What fails says what may have happened, and is tried again as often as that is of use."""

import logging
import socket
from dataclasses import replace

import pytest

from tests.providers.broken_provider import reset, silence, stream, whole
from tests.providers.openai.streamed import (
    BUSY,
    DONE,
    HELLO,
    NOT_SENT,
    PATIENT,
    REFUSED,
    REQUEST,
    ROLE,
    SAID,
    STOP,
    UNKNOWN,
    event,
    models_asked,
    says,
)
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ProviderError, TextDelta

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


def test_a_redirect_carries_neither_the_key_nor_what_was_said_to_another_place(provider, ask):
    elsewhere = whole(307, b"", Location=provider.url.replace("127.0.0.1", "localhost") + "/elsewhere")
    provider.will(elsewhere, elsewhere)

    with pytest.raises(ProviderError) as failure:
        ask(REQUEST)

    assert failure.value.code == "http_307"
    assert {seen.path for seen in provider.seen} == {"/v1/chat/completions"}


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
    provider.will(stream(*[says("drip ")] * 400, every_s=0.05))
    request = replace(REQUEST, total_timeout_s=0.5)
    heard = []

    with pytest.raises(ProviderError) as failure:
        for piece in OpenAIModel("key", f"{provider.url}/v1", "m").stream(request):
            heard.append(piece)

    # A whole one takes 20 s.
    assert 0.45 < stopwatch() < 10
    assert (failure.value.code, failure.value.outcome) == ("timeout", UNKNOWN)
    assert 1 < len(heard) < 200


def test_a_stream_that_stalls_between_tokens_is_given_up_early(provider, stopwatch):
    provider.will(stream(says("Well, "), end="hang"))

    with pytest.raises(ProviderError) as failure:
        list(OpenAIModel("key", f"{provider.url}/v1", "m").stream(replace(REQUEST, total_timeout_s=5.0)))

    assert failure.value.code == "timeout"
    assert stopwatch() < 2.0


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


def test_failures_are_logged_without_what_was_said(provider, ask, caplog):
    caplog.set_level(logging.INFO)
    provider.will(whole(500, {"error": {"message": "your secret words: hi"}}), HELLO)

    ask()

    record = next(record for record in caplog.records if record.name == "voicebot.providers.openai.model")
    assert (record.provider, record.code, record.outcome) == ("openai", "http_500", "unknown")
    assert "secret" not in caplog.text
