"""Make the catalogue of voices what the voice provider offers."""

from typing import TYPE_CHECKING

from voicebot.storage import voices
from voicebot.storage.voices import Synced

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

PROVIDER = "elevenlabs"


def sync_voices(runtime: "Runtime") -> Synced:
    """Fetch the provider's voices and keep them; those that are gone are switched off. Raises ProviderError."""
    return voices.sync_voices(runtime.database, PROVIDER, runtime.voice.list_voices())
