"""A service whose calls ConversationRelay carries."""

from collections.abc import Iterator

import pytest

from tests.services.calls.streams.stream_calls import end_sessions, over_relay
from voicebot.runtime import Runtime


@pytest.fixture
def relay(runtime: Runtime) -> Iterator[Runtime]:
    yield over_relay(runtime)
    end_sessions(runtime)
