"""Limit how many utterances a voice provider makes for us at the same time.

ElevenLabs refuses requests beyond the account's concurrency; the caller then hears nothing. Waiting briefly for a free
place costs less than a refusal. If no place becomes free, the error comes at once, so that `<Say>` can speak instead.
The gate counts this process only: divide the plan's number by the processes that speak.
"""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from voicebot.domain.voices import ProviderVoice
from voicebot.providers.http.errors import BUSY_HERE
from voicebot.providers.ports import Outcome, ProviderError, Voice


class AdmittedVoice:
    """A `Voice` that lets only `limit` utterances be in the making; the rest wait at most `wait_s` each."""

    def __init__(self, voice: Voice, *, limit: int, wait_s: float = 1.0) -> None:
        self._voice, self._wait_s = voice, wait_s
        self._places = threading.BoundedSemaphore(limit)

    def stream(
        self, text: str, *, voice_id: str, audio_format: str, model_id: str | None = None
    ) -> Generator[bytes]:
        """Yield audio as it comes. Raises ProviderError, `not_sent` when no place became free."""
        with self._place():
            audio = self._voice.stream(text, voice_id=voice_id, audio_format=audio_format, model_id=model_id)
            try:
                yield from audio
            finally:
                close = getattr(audio, "close", None)
                if close is not None:
                    close()

    def list_voices(self) -> list[ProviderVoice]:
        """Return every voice of the account; this needs no place."""
        return self._voice.list_voices()

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self._wait_s):
            raise ProviderError("voice", BUSY_HERE, Outcome.NOT_SENT, retry_after_s=self._wait_s)
        try:
            yield
        finally:
            self._places.release()
