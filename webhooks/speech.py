"""`GET /speech/<token>`: the clips that <Play> fetches. Not signed by Twilio: the token is the key."""

from flask import Blueprint, Response

from voicebot.current_runtime import current_runtime
from voicebot.services.calls.speech import speak

MAX_TOKEN_CHARS = 400


def speech_blueprint() -> Blueprint:
    """Serve clips at `/speech/<token>`. Twilio does not sign these requests: the token is the permission."""
    blueprint = Blueprint("speech", __name__)
    blueprint.get("/speech/<token>")(clip_wanted)
    return blueprint


def clip_wanted(token: str) -> Response:
    """Send the audio while it is still being made."""
    sound = speak(current_runtime(), token) if len(token) <= MAX_TOKEN_CHARS else None
    if sound is None:
        return Response(status=404)
    response = Response(sound.chunks, mimetype="audio/mpeg")
    response.headers["Cache-Control"] = (
        f"public, max-age={sound.max_age_s}" if sound.max_age_s else "private, max-age=60"
    )
    return response
