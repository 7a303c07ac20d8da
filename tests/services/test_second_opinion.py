"""The model's opinion about a request to stop counts when it is one; everything else is none, and a person is asked."""

from types import SimpleNamespace
from typing import Any

import pytest

from voicebot.providers.ports import ModelRequest, Outcome, ProviderError
from voicebot.services.texts.second_opinion import LONGEST, SCHEMA, means_stop


class Model:
    """Gives one answer, or fails."""

    def __init__(self, answer: dict[str, Any] | ProviderError) -> None:
        self.answer, self.requests = answer, []

    def complete_json(self, request: ModelRequest, *, name: str, schema: Any) -> dict[str, Any]:
        self.requests.append((request, name, schema))
        if isinstance(self.answer, ProviderError):
            raise self.answer
        return self.answer


def asked(answer: dict[str, Any] | ProviderError, text: str = "I have had enough") -> tuple[bool | None, str]:
    model = Model(answer)
    opinion = means_stop(SimpleNamespace(model=model), text)
    [(request, name, schema)] = model.requests
    assert (name, schema) == ("opt_out", SCHEMA)
    return opinion, str(request.messages[0]["content"])


@pytest.mark.parametrize("stop", [True, False])
def test_a_plain_answer_counts(stop):
    assert asked({"stop": stop})[0] is stop


@pytest.mark.parametrize("answer", [{}, {"stop": "true"}, {"stop": 1}, {"stop": None}, {"answer": True}])
def test_an_answer_of_another_shape_is_no_opinion(answer):
    assert asked(answer)[0] is None


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_model_that_fails_has_no_opinion(outcome):
    assert asked(ProviderError("openai", "500", outcome))[0] is None


def test_the_model_reads_what_was_written_as_far_as_a_request_can_be_long():
    written = "a" * (LONGEST - 6) + "please" + "leave me"

    _, read = asked({"stop": False}, written)

    assert "a" * (LONGEST - 6) + "please" in read
    assert "pleaseleave" not in read
