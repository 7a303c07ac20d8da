"""The model's opinion about a request to stop counts when it is one; everything else is none, and a person is asked."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.services.calls.aftermath import completion
from voicebot.providers.openai.json_answer import read_answer, strict_schema
from voicebot.providers.ports import ModelRequest, Outcome, ProviderError
from voicebot.providers.ports.model import Wanted
from voicebot.services.texts.second_opinion import LONGEST, Opinion, second_opinion


class Model:
    """Gives one answer, or fails."""

    def __init__(self, answer: dict[str, Any] | ProviderError) -> None:
        self.answer, self.requests = answer, []

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        self.requests.append((request, name, wanted))
        if isinstance(self.answer, ProviderError):
            raise self.answer
        return read_answer(completion(self.answer), "openai", wanted)


def asked(
    answer: dict[str, Any] | ProviderError, text: str = "I have had enough"
) -> tuple[Opinion | None, str]:
    model = Model(answer)
    opinion = second_opinion(SimpleNamespace(model=model), text)
    [(request, name, wanted)] = model.requests
    assert (name, wanted) == ("opt_out", Opinion)
    return opinion, str(request.messages[0]["content"])


@pytest.mark.parametrize("stop", [True, False])
def test_a_plain_answer_counts(stop):
    assert asked({"stop": stop})[0] == Opinion(stop=stop)


def test_an_answer_says_what_is_to_end():
    answer = {"stop": False, "only_offers": True, "in_doubt": False, "erase": True}

    assert asked(answer)[0] == Opinion(**answer)


@pytest.mark.parametrize(
    "answer",
    [{}, {"stop": "true"}, {"stop": 1}, {"stop": None}, {"answer": True}, {"stop": True, "in_doubt": 1}],
)
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


def test_four_answers_are_asked_for_and_nothing_beside_them():
    answers = ["stop", "only_offers", "in_doubt", "erase"]

    assert strict_schema(Opinion) == {
        "type": "object",
        "properties": {name: {"type": "boolean"} for name in answers},
        "required": answers,
        "additionalProperties": False,
    }
