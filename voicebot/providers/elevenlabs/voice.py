"""Speech from ElevenLabs, or any server that speaks its HTTP API.

The SDK's raw client makes the calls: the full client loads websockets, uploads and realtime classes that a web worker
never uses (8 MB more). Blocking code that cooperates with gevent; the SDK's retries are off.
"""

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voicebot.domain.loopback import is_loopback
from voicebot.domain.voices import ProviderVoice
from voicebot.providers.elevenlabs.catalogue import all_voices
from voicebot.providers.http.deadlines import Deadline, bound_reads
from voicebot.providers.http.errors import (
    BAD_REQUEST,
    DROPPED,
    clean_code,
    status_error,
    transport_error,
    unreadable,
)
from voicebot.providers.ports import Outcome, ProviderError

PROVIDER = "elevenlabs"
PUBLIC_URL = "https://api.elevenlabs.io"
KEEP_ALIVE_S = 45.0
_VOICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class ElevenLabsVoice:
    """`Voice` over the elevenlabs SDK. One instance a process; safe to share between threads and greenlets."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None,
        default_voice_id: str,
        default_model: str = "eleven_flash_v2_5",
        *,
        connect_timeout_s: float = 2.0,
        first_byte_timeout_s: float = 3.0,
        total_timeout_s: float = 30.0,
    ) -> None:
        """`base_url` has no `/v1`; None means ElevenLabs itself. No gap between two chunks may outlast the first."""
        # Imported here: only a process that speaks should pay for it.
        import httpx
        from elevenlabs.core.api_error import ApiError
        from elevenlabs.core.client_wrapper import SyncClientWrapper
        from elevenlabs.text_to_speech.raw_client import RawTextToSpeechClient

        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=50, keepalive_expiry=KEEP_ALIVE_S
        )
        client = httpx.Client(limits=limits, trust_env=not is_loopback(base_url), follow_redirects=True)
        bound_reads(client)
        self._client, self._timeout = client, httpx.Timeout
        self._wrapper = SyncClientWrapper(
            api_key=api_key, base_url=base_url or PUBLIC_URL, httpx_client=client
        )
        self._speech = RawTextToSpeechClient(client_wrapper=self._wrapper)
        self._refused_by_status = ApiError
        self._broken = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)
        self._voice_id, self._model = default_voice_id, default_model
        self._connect_s, self._first_s, self._total_s = (
            connect_timeout_s,
            first_byte_timeout_s,
            total_timeout_s,
        )

    def stream(
        self, text: str, *, voice_id: str, audio_format: str, model_id: str | None = None
    ) -> Generator[bytes]:
        """Yield audio as it comes, whole samples for `pcm_*`. Raises ProviderError, also in the middle.

        An empty `voice_id` is the default voice. Nothing is yielded for a text without a sign in it; an answer
        without sound is an error. One broken connection is forgiven before the first byte: a kept-alive
        connection may have died since the last sentence.
        """
        chosen = voice_id or self._voice_id
        if not _VOICE_ID.fullmatch(chosen):
            # It becomes part of a path.
            raise ProviderError(PROVIDER, BAD_REQUEST, Outcome.REFUSED)
        if not text.strip():
            return
        deadline = Deadline(self._total_s)
        wanted = {"text": text, "output_format": audio_format, "model_id": model_id or self._model}
        width = 2 if audio_format.startswith("pcm_") else 1
        for attempt in (1, 2):
            begun = False
            try:
                for chunk in _whole_samples(self._chunks(chosen, wanted, deadline), width):
                    begun = True
                    yield chunk
                break
            except ProviderError as failure:
                if begun or attempt == 2 or failure.code != DROPPED:
                    raise
        if not begun:
            raise unreadable(PROVIDER, "empty")

    def list_voices(self) -> list[ProviderVoice]:
        """Return every voice of the account. Raises ProviderError."""
        with self._translated():
            options = {"timeout_in_seconds": self._limits(Deadline(self._total_s)), "max_retries": 0}
            return all_voices(self._wrapper, options)

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _chunks(self, voice_id: str, wanted: dict[str, str], deadline: Deadline) -> Iterator[bytes]:
        deadline.until(self._first_s)
        # No chunk size: the SDK would hold audio back until a chunk of it is full.
        options: Any = {
            "timeout_in_seconds": self._limits(deadline),
            "max_retries": 0,
            "chunk_size": None,
        }
        speech: Any = self._speech
        with self._translated(), speech.stream(voice_id, **wanted, request_options=options) as response:
            if _is_text(response.headers.get("content-type", "")):
                raise unreadable(PROVIDER)
            for chunk in response.data:
                deadline.relax(self._first_s)
                yield chunk

    def _limits(self, deadline: Deadline) -> Any:
        return self._timeout(deadline, connect=max(min(self._connect_s, deadline.left()), 0.001))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._refused_by_status as error:
            raise _refusal(error.status_code or 0, error.body, error.headers or {}) from error
        except self._broken as error:
            raise transport_error(PROVIDER, error) from error


def _refusal(status: int, body: object, headers: Mapping[str, str]) -> ProviderError:
    # The SDK raises the same for an answer of success whose body is no JSON.
    if 200 <= status < 300:
        return unreadable(PROVIDER)
    return status_error(PROVIDER, status, code=_code_of(body), headers=headers)


def _whole_samples(chunks: Iterator[bytes], width: int) -> Iterator[bytes]:
    """Cut between samples: one stray byte would turn all 16-bit audio after it into noise."""
    rest = b""
    for chunk in chunks:
        whole = rest + chunk
        cut = len(whole) - len(whole) % width
        rest = whole[cut:]
        if cut:
            yield whole[:cut]


def _is_text(content_type: str) -> bool:
    return "json" in content_type or content_type.startswith("text/")


def _code_of(body: object) -> str | None:
    """ElevenLabs tells what went wrong in `detail.status`; validation errors carry a list there."""
    detail = body.get("detail") if isinstance(body, dict) else None
    return clean_code(detail.get("status")) if isinstance(detail, dict) else None
