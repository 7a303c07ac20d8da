"""Fixtures of the provider tests: a provider that misbehaves on request, and an address where nobody is."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.providers.broken_provider import Handler, Provider, Server
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.voice import ElevenLabsVoice
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ModelRequest, ProviderError


@pytest.fixture(scope="session", autouse=True)
def loaded_sdks() -> None:
    """Load the SDKs before any test: they are imported at first use, and tests here measure time."""
    nobody = "http://127.0.0.1:9"
    with pytest.raises(ProviderError):
        list(OpenAIModel("key", nobody, "m").stream(ModelRequest(messages=[])))
    with pytest.raises(ProviderError):
        list(
            ElevenLabsVoice(ElevenLabsAccount("key", nobody), "v").stream(
                "x", voice_id="v", audio_format="mp3_22050_32"
            )
        )


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Server(("127.0.0.1", 0), Handler)
    told = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    server.provider = told  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield told
    told.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def closed_port() -> str:
    """An address where nobody listens."""
    server = Server(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    server.server_close()
    return url


@pytest.fixture
def stopwatch() -> Iterator[Callable[[], float]]:
    """Seconds since the test began to act."""
    began = time.monotonic()
    yield lambda: time.monotonic() - began
