"""A rate that is used up is not asked for in vain."""

from dataclasses import replace

import pytest

from tests.providers.broken_provider import Answer, whole
from tests.providers.openai.streamed import NOT_SENT, PATIENT, models_asked
from voicebot.providers.ports import Priority, ProviderError, TextDelta
from voicebot.providers.slots.admission import LONGEST_WAIT_S


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


def test_a_server_that_asks_not_to_be_asked_again_is_not_and_the_second_model_answers(provider, ask):
    provider.will(whole(503, {"error": {"code": "server_error"}}, X_Should_Retry="false"), one_answer())

    ask(fallback="second")

    assert models_asked(provider) == ["m", "second"]


def test_who_is_told_to_slow_down_uses_half_of_the_rate_whatever_is_told_meanwhile(provider, ask):
    slower = whole(429, {"error": {"code": "slow_down", "type": "rate_limit_error"}})
    provider.will(slower, one_answer(**rate("requests", 8, 2, "45s")), one_answer(), one_answer())

    for _ in range(3):
        ask(fallback="second")

    assert models_asked(provider) == ["m", "m", "m", "second"]
