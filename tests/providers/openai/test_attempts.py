import pytest

from voicebot.providers.openai.attempts import Attempt, next_attempt
from voicebot.providers.ports import Outcome, ProviderError


def failure(code="http_503", outcome=Outcome.UNKNOWN, retry_after_s=None, again=None):
    return ProviderError("p", code, outcome, retry_after_s, again=again)


QUICK = failure()
SLOW = failure("timeout")
REFUSED = failure("model_not_found", Outcome.REFUSED)
LIMITED = failure("rate_limit_exceeded", Outcome.NOT_SENT, 0.4)
LIMITED_LONG = failure("rate_limit_exceeded", Outcome.NOT_SENT, 30.0)
NO_ANSWER = failure("connect_timeout", Outcome.NOT_SENT)
NOT_AGAIN = failure(again=False)
AGAIN = failure("conflict", Outcome.REFUSED, again=True)
FULL_HERE = failure("busy_here", Outcome.NOT_SENT, 0.8)


@pytest.mark.parametrize(
    "happened, tried, models, expected",
    [
        (QUICK, ["a"], ["a", "b"], Attempt("a", 0.1)),
        (QUICK, ["a", "a"], ["a", "b"], Attempt("b")),
        (QUICK, ["a", "a", "b"], ["a", "b"], None),
        (QUICK, ["a"], ["a"], Attempt("a", 0.1)),
        (QUICK, ["a", "a"], ["a"], None),
        (SLOW, ["a"], ["a", "b"], Attempt("b")),
        (SLOW, ["a"], ["a"], Attempt("a", 0.1)),
        (SLOW, ["a", "b"], ["a", "b"], None),
        (NO_ANSWER, ["a"], ["a", "b"], Attempt("b")),
        (FULL_HERE, ["a"], ["a", "b"], Attempt("b")),
        (FULL_HERE, ["a"], ["a"], Attempt("a", 0.8)),
        (REFUSED, ["a"], ["a", "b"], Attempt("b")),
        (REFUSED, ["a"], ["a"], None),
        (NOT_AGAIN, ["a"], ["a", "b"], Attempt("b")),
        (NOT_AGAIN, ["a"], ["a"], None),
        (AGAIN, ["a"], ["a"], Attempt("a", 0.1)),
        (LIMITED, ["a"], ["a", "b"], Attempt("a", 0.4)),
        (LIMITED_LONG, ["a"], ["a", "b"], Attempt("b")),
        (LIMITED_LONG, ["a"], ["a"], None),
    ],
)
def test_what_is_tried_after_a_failure(happened, tried, models, expected):
    assert next_attempt(happened, tried=tried, models=models, left_s=10.0) == expected


def test_nothing_is_tried_when_there_is_no_time_for_it():
    assert next_attempt(QUICK, tried=["a"], models=["a", "b"], left_s=0.55) is None


def test_a_pause_that_leaves_no_time_is_not_made():
    assert next_attempt(LIMITED, tried=["a"], models=["a"], left_s=0.8) is None
