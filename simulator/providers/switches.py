"""What the sources say differently of a provider: which of it the stand-ins do, by name and value (handbook of providers, §8)."""

import threading
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

SWITCHES = {
    "tts_alignment_base": ("relative", "absolute"),
    "tts_alignment_names": ("charDurationsMs", "charsDurationsMs"),
    "tts_multi_names": ("camel", "snake"),
    "tts_final": ("bare", "nulls"),
    "tts_ws_auth": ("close", "http"),
    "tts_ws_quota": ("error", "silence"),
    "tts_quota_http": ("402", "401"),
    "tts_voice_missing": ("404", "400"),
    "tts_concurrency": ("unlimited", "queued", "refused"),
    "ulaw_8000": ("allowed", "refused"),
    "scribe_autocommit": ("36", "90"),
    "scribe_error_close": ("closes", "stays"),
    "scribe_first_partial": ("2", "0.5"),
    "rt_transcription_pcmu": ("accepted", "refused"),
    "rt_session_limit": ("60", "30", "15"),
    "deepgram_limit": ("150", "50"),
}
"""Every switch with its values; the first is how it stands at the start."""


class Switchboard:
    """How the switches stand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """Return the value of a switch."""
        with self._lock:
            return self._set.get(name, SWITCHES[name][0])

    def set(self, values: dict[str, str]) -> None:
        """Set some; raises ValueError for a switch or a value that there is not."""
        for name, value in values.items():
            if value not in SWITCHES.get(name, ()):
                raise ValueError(f"no switch {name!r} with the value {value!r}")
        with self._lock:
            self._set.update(values)

    def reset(self) -> None:
        """Stand as at the start."""
        with self._lock:
            self._set.clear()

    def shown(self) -> dict[str, str]:
        """Return all of them."""
        return {name: self[name] for name in SWITCHES}


def switches_of(app: Flask) -> Switchboard:
    """Return the one switchboard of a simulator, made when first asked for."""
    board = app.extensions.get("provider_switches")
    if not isinstance(board, Switchboard):
        board = app.extensions["provider_switches"] = Switchboard()
    return board


def switches_blueprint() -> Blueprint:
    """`/providers/switches`: POST sets some, GET shows all, DELETE resets."""
    blueprint = Blueprint("provider_switches", __name__, url_prefix="/providers/switches")

    @blueprint.get("")
    def show() -> Response:
        return jsonify(switches_of(current_app).shown())

    @blueprint.post("")
    def turn() -> tuple[Response, int] | Response:
        given: Any = request.get_json(silent=True)
        try:
            if not isinstance(given, dict):
                raise ValueError("switches are a JSON object")  # noqa: TRY004 - one error for all that is wrong with it
            switches_of(current_app).set({str(name): str(value) for name, value in given.items()})
        except ValueError as error:
            return jsonify({"error": str(error)}), 400
        return jsonify(switches_of(current_app).shown())

    @blueprint.delete("")
    def reset() -> Response:
        switches_of(current_app).reset()
        return jsonify(switches_of(current_app).shown())

    return blueprint
