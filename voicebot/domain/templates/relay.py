"""How a template has ConversationRelay hear and speak: the attributes of its element that people may choose (handbook 2.8).

The service sets the others: the socket, the greeting (which goes out as text), and which events are reported.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from voicebot.domain.templates.part import Language, Part

FLUX = "flux"
_ELEVENLABS_VOICE = re.compile(r"[A-Za-z0-9]{10,40}")
_PREFIXES = {"Google": "Google.", "Amazon": "Polly."}

Speaker = Literal["ElevenLabs", "Google", "Amazon"]
Transcriber = Literal["Deepgram", "Google"]
Input = Literal["none", "dtmf", "speech", "any"]
Level = Annotated[float, Field(ge=0.0, le=1.0)]
Threshold = Annotated[float, Field(ge=0.5, le=0.9)]


def _service(sid: str) -> str:
    if not re.fullmatch(r"GA[0-9a-f]{32}", sid):
        raise ValueError("expected an id that begins with GA")
    return sid


class RelayVoice(Part):
    """A voice of ElevenLabs, as ConversationRelay writes it."""

    model: Literal["flash_v2_5", "flash_v2", "turbo_v2_5", "turbo_v2"] | None = Field(
        None, description="The model that speaks; `flash_v2_5`."
    )
    speed: float | None = Field(None, ge=0.7, le=1.2, description="How fast it speaks, 1.0 being usual.")
    stability: Level | None = Field(None, description="How even it speaks, 0 to 1.")
    similarity: Level | None = Field(None, description="How close it keeps to the recorded voice, 0 to 1.")

    def written(self, voice_id: str) -> str:
        """Return the voice as the attribute has it: `voiceId-model-speed_stability_similarity`."""
        parts = [voice_id, *([self.model] if self.model else [])]
        if any(value is not None for value in (self.speed, self.stability, self.similarity)):
            usual = ((self.speed, 1.0), (self.stability, 0.5), (self.similarity, 0.75))
            parts.append("_".join(f"{default if value is None else value:g}" for value, default in usual))
        return "-".join(parts)


class RelayLanguage(Part):
    """A language that a call may switch to, where it is not spoken and heard as the others."""

    code: Language = Field(description="Its tag, as es-US.")
    tts_provider: Speaker | None = Field(None, description="Who speaks it.")
    voice: str = Field("", max_length=100, description="The voice, as its provider names it.")
    transcription_provider: Transcriber | None = Field(None, description="Who hears it.")
    speech_model: str = Field("", max_length=60, description="The model that hears it.")
    hints: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        (), max_length=100, description="Words that callers are likely to say."
    )

    @model_validator(mode="after")
    def _fits(self) -> "RelayLanguage":
        _check_voice(self.tts_provider, self.voice)
        return self


class RelayRule(Part):
    """How the call is heard and spoken. A field that is left out has the default of the service or of Twilio."""

    tts_language: Language | None = Field(None, description="The language that is spoken, if not the call's.")
    transcription_language: Language | Literal["multi"] | None = Field(
        None, description="The language that is heard, if not the call's; `multi` hears several."
    )
    tts_provider: Speaker | None = Field(None, description="Who speaks; ElevenLabs.")
    voice: str = Field(
        "", max_length=100, description="The voice, as its provider names it; else the call's own."
    )
    elevenlabs: RelayVoice | None = Field(None, description="How a voice of ElevenLabs speaks.")
    transcription_provider: Transcriber | None = Field(None, description="Who hears; Deepgram.")
    speech_model: str = Field(
        "", max_length=60, description="The model that hears, as `nova-3-general` or `flux`."
    )
    interruptible: Input | None = Field(None, description="What stops the bot in mid-sentence; `any`.")
    interrupt_sensitivity: Literal["low", "medium", "high"] | None = Field(
        None, description="How soon a voice stops it; `high`."
    )
    report_input_during_agent_speech: Input | None = Field(
        None, description="What of the caller counts while the bot speaks; `any`."
    )
    dtmf_detection: bool = Field(True, description="Whether keys are heard.")
    partial_prompts: bool = Field(
        True, description="Whether words come before the caller is done, so that an answer can be begun."
    )
    speech_timeout_ms: int | None = Field(
        None,
        ge=600,
        le=5000,
        description="The silence that ends what the caller says; Twilio decides when left out.",
    )
    ignore_backchannel: bool | None = Field(None, description="Whether `mhm` and the like stop nobody.")
    eot_threshold: Threshold | None = Field(
        None, description="How sure `flux` is that the caller is done, 0.5 to 0.9."
    )
    eager_eot_threshold: Threshold | None = Field(None, description="How sure it is when it first says so.")
    smart_format: bool | None = Field(None, description="Whether numbers and dates are heard as such.")
    text_normalization: Literal["on", "auto", "off"] | None = Field(
        None, description="Whether ElevenLabs reads numbers out as people do, which takes time; `off`."
    )
    profanity_filter: bool = Field(False, description="Whether swear words are hidden.")
    background_noise_reduction: bool | None = Field(
        None, description="Whether noise behind the caller is taken out."
    )
    intelligence_service: Annotated[str, AfterValidator(_service)] | None = Field(
        None, description="A service of Twilio's Intelligence that gets the transcript."
    )
    debugging: bool = Field(False, description="Whether Twilio reports more than the service needs.")
    languages: tuple[RelayLanguage, ...] = Field(
        (), max_length=20, description="Languages to switch to that differ from the rest."
    )

    @model_validator(mode="after")
    def _fits(self) -> "RelayRule":
        for problem in self._problems():
            raise ValueError(problem)
        _check_voice(self.tts_provider, self.voice)
        return self

    def _problems(self) -> Iterator[str]:
        by_elevenlabs = self.tts_provider in (None, "ElevenLabs")
        by_deepgram = self.transcription_provider in (None, "Deepgram")
        if self.transcription_language == "multi" and not (by_elevenlabs and by_deepgram):
            yield "transcription_language: multi needs Deepgram and ElevenLabs"
        if (self.eot_threshold or self.eager_eot_threshold) and not (
            by_deepgram and self.speech_model == FLUX
        ):
            yield "eot_threshold: needs speech_model flux"
        if (self.eager_eot_threshold or 0) > (self.eot_threshold or 0.8):
            yield "eager_eot_threshold: cannot be above eot_threshold"
        if (self.elevenlabs or self.text_normalization) and not by_elevenlabs:
            yield "elevenlabs: needs tts_provider ElevenLabs"
        if self.tts_provider in ("Google", "Amazon") and not self.voice:
            yield "voice: needed, as the voices of calls are of ElevenLabs"


def _check_voice(provider: str | None, voice: str) -> None:
    if voice and provider in (None, "ElevenLabs") and not _ELEVENLABS_VOICE.fullmatch(voice):
        raise ValueError("voice: expected the id of a voice of ElevenLabs")
    prefix = _PREFIXES.get(provider or "")
    if prefix and voice.startswith(prefix):
        raise ValueError(f"voice: expected it without {prefix}")
