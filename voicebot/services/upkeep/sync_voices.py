"""Make the catalogue of voices equal to the voice provider's offer."""

from voicebot.runtime import Runtime
from voicebot.storage.catalogue import voices
from voicebot.storage.catalogue.voices import Synced

PROVIDER = "elevenlabs"


def sync_voices(runtime: Runtime) -> Synced:
    """Fetch the provider's voices and keep them; those that are gone are switched off. Raises ProviderError."""
    return voices.sync_voices(runtime.database, PROVIDER, runtime.voice.list_voices())
