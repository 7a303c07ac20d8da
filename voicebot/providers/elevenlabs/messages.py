"""What ElevenLabs' ways of speaking share: the model, the settings of the voice, sound in base64."""

from binascii import a2b_base64
from typing import Any

from voicebot.providers.elevenlabs.account import PROVIDER
from voicebot.providers.http.errors import unreadable

MODEL = "eleven_flash_v2_5"
VOICE_SETTINGS = {"stability": 0.5, "similarity_boost": 0.75}
_LANGUAGES = frozenset({
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja", "ko", "ms", "nl",
    "no", "pl", "pt", "ro", "ru", "sk", "sv", "ta", "tl", "tr", "uk", "vi", "zh",
})  # fmt: skip
"""What Flash v2.5 speaks; another code would be refused."""


def language_code(language: str) -> str | None:
    """Return the code that a request may carry for a language (BCP 47)."""
    code = language.split("-")[0].lower()
    return code if code in _LANGUAGES else None


def sound_of(encoded: Any) -> bytes:
    """Return the sound of a message; none where it holds none. Raises ProviderError."""
    if not encoded:
        return b""
    try:
        return a2b_base64(encoded, strict_mode=True)
    except (ValueError, TypeError) as error:
        raise unreadable(PROVIDER) from error
