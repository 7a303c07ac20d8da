"""Fixtures of the texts' tests."""

import pytest

from tests.services.texts.text_house import Connection, onboarded, somebody
from voicebot.runtime import Runtime


@pytest.fixture
def known(runtime: Runtime, owner: Connection) -> str:
    """Somebody who was onboarded long ago: what they write goes to the model."""
    number = somebody()
    onboarded(runtime, owner, number)
    return number
