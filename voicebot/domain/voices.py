"""A voice that a provider offers, as the catalogue keeps it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProviderVoice:
    """A voice that the provider offers."""

    voice_id: str
    name: str
    language: str
    gender: str | None = None
    accent: str | None = None
    description: str | None = None
    sample_mp3_url: str | None = None
    is_premium: bool = False
