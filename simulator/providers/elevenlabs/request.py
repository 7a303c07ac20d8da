"""Read a request for speech, and refuse it in ElevenLabs' words when it is wrong."""

from dataclasses import dataclass
from typing import Any

from flask import Request, Response, current_app, jsonify

from simulator.providers.elevenlabs.voices import BY_ID, DEFAULT_MODEL, MODELS, StandInVoice, character_limit
from simulator.providers.switches import Switchboard, switches_of

SPOKEN_FORMATS = {
    **{f"mp3_{kind}": "audio/mpeg" for kind in ("22050_32", "24000_48")},
    **{f"mp3_44100_{kbps}": "audio/mpeg" for kbps in (32, 64, 96, 128, 192)},
    **{f"pcm_{rate}": "audio/pcm" for rate in (8000, 16000, 22050, 24000, 32000, 44100, 48000)},
    "ulaw_8000": "audio/basic",
}
DEFAULT_FORMAT = "mp3_44100_128"


class Refusal(Exception):
    """A request that is answered with an error; `status_word` is what ElevenLabs calls `detail.status`."""

    def __init__(self, status: int, status_word: str, message: str) -> None:
        super().__init__(message)
        self.status, self.status_word, self.message = status, status_word, message

    def response(self, retry_after_s: float | None = None) -> Response:
        """The error as ElevenLabs sends it."""
        response = jsonify({"detail": {"status": self.status_word, "message": self.message}})
        response.status_code = self.status
        if retry_after_s is not None:
            response.headers["Retry-After"] = str(max(1, round(retry_after_s)))
        return response


class MissingField(Refusal):
    """A body without a field it needs: a list of places and messages instead of one status word."""

    def __init__(self, field: str) -> None:
        super().__init__(422, "missing", f"{field} is required")
        self.field = field

    def response(self, retry_after_s: float | None = None) -> Response:
        """The error as ElevenLabs' validation sends it."""
        del retry_after_s
        response = jsonify(
            {
                "detail": [
                    {"type": "missing", "loc": ["body", self.field], "msg": "Field required", "input": None}
                ]
            }
        )
        response.status_code = self.status
        return response


TOO_MANY = Refusal(429, "too_many_concurrent_requests", "More requests run at once than the plan allows.")


def out_of_credits(switches: Switchboard) -> Refusal:
    """The refusal of an account that has used up its quota."""
    if switches["tts_quota_http"] == "401":
        return Refusal(401, "quota_exceeded", "This request exceeds your quota.")
    return Refusal(402, "insufficient_credits", "This request exceeds your quota.")


@dataclass(frozen=True)
class SpeechRequest:
    """What is to be said, by whom and how."""

    text: str
    voice: StandInVoice
    model: str
    audio_format: str
    language: str | None

    @property
    def mimetype(self) -> str:
        """The content type of the audio."""
        return SPOKEN_FORMATS[self.audio_format]


def require_key(request: Request) -> None:
    """Any key opens the stand-in; none does not. Raises Refusal."""
    if "xi-api-key" not in request.headers:
        raise Refusal(401, "needs_authorization", "No xi-api-key header came with the request.")
    if not request.headers["xi-api-key"].strip():
        raise Refusal(401, "invalid_api_key", "The API key is not valid.")


def known_voice(voice_id: str) -> StandInVoice:
    """The voice with this id. Raises Refusal."""
    voice = BY_ID.get(voice_id)
    if voice is None:
        raise Refusal(
            int(switches_of(current_app)["tts_voice_missing"]),
            "voice_not_found",
            f"No voice has the voice_id {voice_id}.",
        )
    return voice


def speech_request(request: Request, voice_id: str) -> SpeechRequest:
    """Read path, query and body. Raises Refusal."""
    require_key(request)
    body: Any = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise MissingField("text")
    voice = known_voice(voice_id)
    model = known_model(str(body.get("model_id") or DEFAULT_MODEL))
    text = body["text"]
    if not text.strip():
        raise Refusal(400, "input_text_empty", "There is no text to speak.")
    if len(text) > character_limit(model):
        raise Refusal(
            400, "max_character_limit_exceeded", f"At most {character_limit(model)} characters at once."
        )
    audio_format = known_format(request.args.get("output_format", DEFAULT_FORMAT))
    language = body.get("language_code")
    return SpeechRequest(text, voice, model, audio_format, str(language) if language else None)


def known_model(model: str) -> str:
    """The model, if the account has it. Raises Refusal."""
    if model not in MODELS:
        raise Refusal(400, "model_not_found", f"No model has the id {model}.")
    return model


def known_format(audio_format: str) -> str:
    """The format, if the plan has it. Raises Refusal."""
    if audio_format not in SPOKEN_FORMATS:
        raise Refusal(400, "invalid_output_format", f"The output format {audio_format} is not spoken here.")
    if audio_format == "ulaw_8000" and switches_of(current_app)["ulaw_8000"] == "refused":
        raise Refusal(403, "subscription_required", f"Output format '{audio_format}' is not on this plan.")
    return audio_format
