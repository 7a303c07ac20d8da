"""Speech from ElevenLabs, or any server that speaks its HTTP API.

The SDK's raw client makes the calls: the full client loads websockets, uploads and realtime classes that a web worker
never uses (8 MB more). Blocking code that cooperates with gevent; the SDK's retries are off.
"""

import re
from collections.abc import Generator, Iterator
from typing import Any

from voicebot.domain.voices import ProviderVoice
from voicebot.providers.elevenlabs.account import PROVIDER, ElevenLabsAccount
from voicebot.providers.elevenlabs.catalogue import all_voices
from voicebot.providers.elevenlabs.voices import Voices
from voicebot.providers.http.closable import ClosableStream, Exchange
from voicebot.providers.http.deadlines import Deadline
from voicebot.providers.http.errors import BAD_REQUEST, DROPPED, unreadable
from voicebot.providers.ports import Outcome, ProviderError

_VOICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class ElevenLabsVoice:
    """`Voice` over the elevenlabs SDK. One instance a process; safe to share between threads and greenlets."""

    def __init__(
        self,
        account: ElevenLabsAccount,
        default_voice_id: str,
        default_model: str = "eleven_flash_v2_5",
        *,
        first_byte_timeout_s: float = 3.0,
        total_timeout_s: float = 30.0,
    ) -> None:
        """No gap between two chunks may outlast `first_byte_timeout_s`."""
        # Imported here: only a process that speaks should pay for it.
        from elevenlabs.text_to_speech.raw_client import RawTextToSpeechClient

        self._account = account
        self._speech = RawTextToSpeechClient(client_wrapper=account.wrapper)
        self._voices, self._model = Voices(default_voice_id), default_model
        self._first_s, self._total_s = first_byte_timeout_s, total_timeout_s

    def stream(
        self, text: str, *, voice_id: str, audio_format: str, model_id: str | None = None
    ) -> ClosableStream[bytes]:
        """Yield audio as it arrives, in whole samples for `pcm_*`. Raises ProviderError, also in the middle.

        An empty `voice_id` means the default voice, which also replaces a deleted one. A text without letters and
        digits yields nothing; an answer without sound is an error. One broken connection before the first byte is
        retried: a kept-alive connection may have died since the last sentence.
        """
        exchange = Exchange()
        wanted = {"text": text, "output_format": audio_format, "model_id": model_id or self._model}
        return ClosableStream(self._spoken(voice_id, wanted, exchange), exchange)

    def _spoken(self, voice_id: str, wanted: dict[str, str], exchange: Exchange) -> Generator[bytes]:
        chosen, forgiven = self._voices.chosen(voice_id), False
        require_voice_id(chosen)
        if not wanted["text"].strip():
            return
        deadline = Deadline(self._total_s, exchange=exchange)
        width = 2 if wanted["output_format"].startswith("pcm_") else 1
        while True:
            begun = False
            try:
                for chunk in whole_samples(self._chunks(chosen, wanted, deadline), width):
                    begun = True
                    yield chunk
                break
            except ProviderError as failure:
                if begun or exchange.ended:
                    raise
                if self._voices.is_gone(chosen, failure):
                    chosen = self._voices.chosen(chosen)
                    continue
                if failure.code != DROPPED or forgiven:
                    raise
                forgiven = True
        if not begun:
            raise unreadable(PROVIDER, "empty")

    def list_voices(self) -> list[ProviderVoice]:
        """Return every voice of the account. Raises ProviderError."""
        with self._account.translated():
            options = {"timeout_in_seconds": self._account.limits(Deadline(self._total_s)), "max_retries": 0}
            return all_voices(self._account.wrapper, options)

    def _chunks(self, voice_id: str, wanted: dict[str, str], deadline: Deadline) -> Iterator[bytes]:
        deadline.until(self._first_s)
        # No chunk size: the SDK would hold audio back until a chunk of it is full.
        options: Any = {
            "timeout_in_seconds": self._account.limits(deadline),
            "max_retries": 0,
            "chunk_size": None,
        }
        speech: Any = self._speech
        with (
            self._account.translated(),
            speech.stream(voice_id, **wanted, request_options=options) as response,
        ):
            if _is_text(response.headers.get("content-type", "")):
                raise unreadable(PROVIDER)
            for chunk in response.data:
                deadline.relax(self._first_s)
                yield chunk


def require_voice_id(voice_id: str) -> None:
    """Raise ProviderError for what cannot be an id: it becomes part of a path."""
    if not _VOICE_ID.fullmatch(voice_id):
        raise ProviderError(PROVIDER, BAD_REQUEST, Outcome.REFUSED)


def whole_samples(chunks: Iterator[bytes], width: int) -> Iterator[bytes]:
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
