"""Fixtures of the chat model's tests."""

import pytest

from tests.providers.openai.streamed import PATIENT
from voicebot.providers.openai.model import OpenAIModel


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
