from dataclasses import replace

import pytest
from pydantic import BaseModel

from tests.providers.broken_provider import reset, silence, stream, whole
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ModelRequest, Outcome, ProviderError

REQUEST = ModelRequest(messages=[{"role": "user", "content": "sum it up"}], total_timeout_s=3.0)
SCHEMA = {
    "type": "object",
    "required": ["tldr"],
    "properties": {"tldr": {"type": "string"}},
    "additionalProperties": False,
}


class Summary(BaseModel):
    """What is asked for."""

    tldr: str


ANSWER = Summary(tldr="Wants a quote.")


def answers(content) -> dict:
    return {"model": "m-1", "choices": [{"message": {"content": content}, "finish_reason": "stop"}]}


GOOD = whole(200, answers(ANSWER.model_dump_json()))
WRONG = whole(200, answers('{"other": 1}'))


@pytest.fixture
def ask(provider):
    def asked(request=REQUEST, *, fallback=None):
        model = OpenAIModel("key", f"{provider.url}/v1", "m", fallback, sleep=lambda _s: None)
        return model.complete_json(request, name="summary", wanted=Summary)

    return asked


def test_an_object_is_asked_for_by_its_schema(provider, ask):
    provider.will(GOOD)

    assert ask() == ANSWER

    body = provider.seen[0].json
    form = {"name": "summary", "schema": SCHEMA, "strict": True}
    assert body["response_format"] == {"type": "json_schema", "json_schema": form}
    assert not body.get("stream")


def test_a_server_without_schemas_is_asked_in_json_mode(provider, ask):
    message = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
    provider.will(whole(400, {"error": {"message": message, "param": None}}), GOOD)

    assert ask() == ANSWER
    assert provider.seen[1].json["response_format"] == {"type": "json_object"}


def test_an_answer_that_does_not_fit_is_asked_for_once_more(provider, ask):
    provider.will(WRONG, GOOD)

    assert ask() == ANSWER


def test_answers_that_never_fit_are_unreadable(provider, ask):
    provider.will(WRONG, WRONG)

    with pytest.raises(ProviderError) as failure:
        ask()

    assert (failure.value.code, failure.value.outcome) == ("unreadable", Outcome.UNKNOWN)
    assert len(provider.seen) == 2


def test_a_model_that_hangs_leaves_time_for_the_second_one(provider, ask, stopwatch):
    provider.will(silence, GOOD)

    assert ask(replace(REQUEST, total_timeout_s=1.5), fallback="m2") == ANSWER
    assert [seen.json["model"] for seen in provider.seen] == ["m", "m2"]
    assert stopwatch() < 1.5


def test_a_body_that_drips_does_not_outlast_the_total(provider, ask, stopwatch):
    provider.will(stream(*[b" "] * 400, every_s=0.05, content_type="application/json"))

    with pytest.raises(ProviderError) as failure:
        ask(replace(REQUEST, total_timeout_s=0.4))

    assert failure.value.code == "timeout"
    # A whole one takes 20 s.
    assert stopwatch() < 10


@pytest.mark.parametrize(
    "answer, code, outcome",
    [
        (reset, "dropped", Outcome.UNKNOWN),
        (whole(500, b"oops"), "http_500", Outcome.UNKNOWN),
        (whole(429, {"error": {"code": "rate_limit_exceeded"}}), "rate_limit_exceeded", Outcome.NOT_SENT),
        (whole(401, {"error": {"code": "invalid_api_key"}}), "invalid_api_key", Outcome.REFUSED),
        (whole(200, b"<html>", "text/html"), "unreadable", Outcome.UNKNOWN),
        (stream(b'{"choices"', content_type="application/json", end="cut"), "dropped", Outcome.UNKNOWN),
    ],
)
def test_every_failure_says_what_may_have_happened(provider, ask, answer, code, outcome):
    provider.will(answer, answer)

    with pytest.raises(ProviderError) as failure:
        ask()

    assert (failure.value.code, failure.value.outcome) == (code, outcome)


def test_a_refusal_of_the_model_is_not_asked_again(provider, ask):
    declined = {"choices": [{"message": {"content": None, "refusal": "I cannot."}}]}
    provider.will(whole(200, declined))

    with pytest.raises(ProviderError) as failure:
        ask()

    assert failure.value.outcome is Outcome.REFUSED
    assert len(provider.seen) == 1
