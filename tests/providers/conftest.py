"""Fixtures of the provider tests: a provider that misbehaves on request, and an address where nobody is."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for `localhost`, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
