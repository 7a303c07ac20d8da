"""What a model only thinks is not said, whether or not its server marks it."""

import pytest

from tests.providers.broken_provider import stream
from tests.providers.openai.streamed import DONE, HELLO, PATIENT, SAID, STOP, USAGE, event, says
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import TextDelta


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
