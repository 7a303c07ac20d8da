"""A voice: text in, audio out, as it is made."""

from collections.abc import Iterator
from typing import Protocol

from voicebot.domain.voices import ProviderVoice


class AudioStream(Iterator[bytes], Protocol):
    """One utterance on its way. Raises ProviderError, also in the middle."""

    def close(self) -> None:
        """Close the connection; the same rules as for a ModelStream."""
        ...


class Voice(Protocol):
    """Speaks. `audio_format` is ElevenLabs' word: `mp3_22050_32`, `ulaw_8000`, `pcm_16000`."""

    def stream(
        self, text: str, *, voice_id: str, audio_format: str, model_id: str | None = None
    ) -> AudioStream:
        """Have a text spoken."""
        ...

    def list_voices(self) -> list[ProviderVoice]:
        """Return every voice of the account. Raises ProviderError."""
        ...
