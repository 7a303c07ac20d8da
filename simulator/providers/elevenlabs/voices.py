"""The voices that the ElevenLabs stand-in offers: public premade ones by their real ids, and two of its own."""

from dataclasses import dataclass
from typing import Any

from voicebot.providers.local.voice import VoiceShape

MODELS = ("eleven_flash_v2_5", "eleven_turbo_v2_5", "eleven_multilingual_v2", "eleven_flash_v2", "eleven_v3")
DEFAULT_MODEL = "eleven_multilingual_v2"


@dataclass(frozen=True)
class StandInVoice:
    """One voice as the account lists it, with the local sound that speaks for it."""

    voice_id: str
    name: str
    locale: str
    description: str
    age: str
    shape: VoiceShape

    @property
    def language(self) -> str:
        """The tongue alone, as `en`."""
        return self.locale.split("-")[0]


VOICES = (
    StandInVoice("21m00Tcm4TlvDq8ikWAM", "Rachel", "en-US", "calm", "young", VoiceShape("en-us+f3", 55, 172, "female", "american")),
    StandInVoice("EXAVITQu4vr4xnSDxMaL", "Sarah", "en-US", "reassuring", "young", VoiceShape("en-us+f4", 68, 176, "female", "american")),
    StandInVoice("pNInz6obpgDQGcFmaJgB", "Adam", "en-US", "firm", "middle_aged", VoiceShape("en-us+m1", 28, 158, "male", "american")),
    StandInVoice("JBFqnCBsd6RMkjVDRZzb", "George", "en-GB", "warm", "middle_aged", VoiceShape("en-gb-x-rp+m7", 36, 160, "male", "british")),
    StandInVoice("Xb7hH8MSUJpSbSDYk0k2", "Alice", "en-GB", "clear", "middle_aged", VoiceShape("en-gb-x-rp+f2", 60, 170, "female", "british")),
    StandInVoice("onwK4e9ZLuTAKqWW03F9", "Daniel", "en-GB", "steady", "middle_aged", VoiceShape("en-gb-x-rp+m3", 44, 168, "male", "british")),
    StandInVoice("standinKlaraDe000001", "Klara", "de-DE", "friendly", "young", VoiceShape("de+f2", 56, 165, "female", "standard")),
    StandInVoice("standinMateoEs000002", "Mateo", "es-ES", "lively", "young", VoiceShape("es+m3", 48, 170, "male", "peninsular")),
)  # fmt: skip

BY_ID = {voice.voice_id: voice for voice in VOICES}
SHAPES = {voice.voice_id: voice.shape for voice in VOICES}


def voice_json(voice: StandInVoice, root: str) -> dict[str, Any]:
    """One voice in the shape of ElevenLabs' voice resource; `root` is where previews are served."""
    preview = f"{root}/previews/{voice.voice_id}.mp3"
    return {
        "voice_id": voice.voice_id,
        "name": voice.name,
        "samples": None,
        "category": "premade",
        "labels": {
            "accent": voice.shape.accent,
            "descriptive": voice.description,
            "age": voice.age,
            "gender": voice.shape.gender,
            "language": voice.language,
            "use_case": "conversational",
        },
        "description": f"A {voice.description} {voice.shape.gender} voice.",
        "preview_url": preview,
        "available_for_tiers": [],
        "settings": None,
        "sharing": None,
        "high_quality_base_model_ids": list(MODELS[:3]),
        "verified_languages": [
            {
                "language": voice.language,
                "model_id": model,
                "accent": voice.shape.accent,
                "locale": voice.locale,
                "preview_url": preview,
            }
            for model in MODELS[:3]
        ],
        "is_owner": False,
        "is_legacy": False,
        "is_mixed": False,
        "created_at_unix": None,
    }


def model_json(model_id: str) -> dict[str, Any]:
    """One model in the shape of ElevenLabs' model resource."""
    return {
        "model_id": model_id,
        "name": model_id.replace("eleven_", "Eleven ").replace("_", " "),
        "can_be_finetuned": True,
        "can_do_text_to_speech": True,
        "can_do_voice_conversion": False,
        "can_use_style": False,
        "can_use_speaker_boost": False,
        "serves_pro_voices": False,
        "token_cost_factor": 0.5 if "flash" in model_id or "turbo" in model_id else 1.0,
        "description": "",
        "requires_alpha_access": False,
        "max_characters_request_free_user": 2500,
        "max_characters_request_subscribed_user": 10000,
        "maximum_text_length_per_request": character_limit(model_id),
        "languages": [{"language_id": tag, "name": tag} for tag in ("en", "de", "es", "fr", "it", "pt")],
    }


def character_limit(model_id: str) -> int:
    """The longest text that the model takes in one request."""
    return {"eleven_multilingual_v2": 10000, "eleven_v3": 5000, "eleven_flash_v2": 30000}.get(model_id, 40000)
