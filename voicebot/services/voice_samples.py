"""Hear a voice before a template has it: its greeting, made once and kept as a clip."""

from voicebot.domain.call.phrases import Phrase
from voicebot.runtime import Runtime
from voicebot.services.calls.speech import Sound, fixed_url, start_fixed
from voicebot.storage.catalogue import voices

FIRST_WITHIN_S = 8.0
DAY_S = 86_400


class NoSample(Exception):
    """There is no sample. `is_unknown` says that the voice does not exist; else it cannot speak now."""

    def __init__(self, *, is_unknown: bool = False) -> None:
        super().__init__("no sample")
        self.is_unknown = is_unknown


def sample(runtime: Runtime, voice_id: str) -> Sound:
    """Return the sample of a voice of the catalogue, making it where it was never heard. Raises NoSample."""
    known = {row["voice_id"]: row["language"] for row in voices.list_voices(runtime.database)}
    if voice_id not in known:
        raise NoSample(is_unknown=True)
    clip = start_fixed(runtime, Phrase.GREETING, voice_id, known[voice_id])
    if not clip.wait(FIRST_WITHIN_S):
        raise NoSample
    return Sound(clip.chunks(), DAY_S)


def sample_url(runtime: Runtime, voice_id: str, language: str) -> str:
    """Return where whoever has the address hears the voice."""
    return fixed_url(runtime, Phrase.GREETING, voice_id, language)
