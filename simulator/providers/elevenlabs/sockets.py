"""ElevenLabs' text-to-speech websockets: `stream-input` and `multi-stream-input` (handbook of providers, 1.6 and 1.7)."""

import threading
import time

import orjson
from flask import Blueprint, Flask, Response, current_app, request

from simulator.config import SimulatorConfig
from simulator.providers.elevenlabs.contexts import Context, Voicing
from simulator.providers.elevenlabs.request import (
    DEFAULT_FORMAT,
    TOO_MANY,
    Refusal,
    known_format,
    known_model,
    known_voice,
    require_key,
)
from simulator.providers.elevenlabs.spoken import mouth_of
from simulator.providers.knobs import LONGEST_SILENCE_S, Mode, board_of
from simulator.providers.latency import Pace
from simulator.providers.switches import switches_of
from simulator.wire.websocket import Closed, Over, Refused, WebSocket, accept

MOST_CONTEXTS = 5
DEFAULT_MODEL = "eleven_flash_v2_5"
SINGLE = ""
"""The one context of `stream-input`, which has no name."""
POLICY = 1008
REASON_BYTES = 123
_LOOK_EVERY_S = 0.25


def add_socket_routes(blueprint: Blueprint, config: SimulatorConfig, pace: Pace) -> None:
    """Put the routes on the speech blueprint."""

    @blueprint.get("/v1/text-to-speech/<voice_id>/multi-stream-input", websocket=True)
    def several(voice_id: str) -> Response:
        return _served(config, pace, voice_id, several=True)

    @blueprint.get("/v1/text-to-speech/<voice_id>/stream-input", websocket=True)
    def one(voice_id: str) -> Response:
        return _served(config, pace, voice_id, several=False)


def _served(config: SimulatorConfig, pace: Pace, voice_id: str, *, several: bool) -> Response:
    knob, seen = board_of(current_app).meet("voice_socket", path=request.path)
    refusal: Refusal | None = None
    try:
        if knob.mode is Mode.RATE_LIMIT:
            raise TOO_MANY
        if knob.mode is Mode.FAIL:
            raise Refusal(knob.status, "internal_error", "The voice does not work at the moment.")
        voicing = _voicing(current_app, config, pace, voice_id, several=several)
        require_key(request)
    except Refusal as refused:
        # A wrong key: some servers refuse the upgrade, some close the socket (§8, tts_ws_auth).
        if refused.status != 401 or switches_of(current_app)["tts_ws_auth"] == "http":
            seen.finished = "failed"
            return refused.response()
        refusal = refused
    if knob.mode is Mode.SLOW:
        board_of(current_app).silence("voice_socket", knob.delay_s)
    try:
        end = accept(request.environ)
    except Refused as refused_upgrade:
        return Response(refused_upgrade.body, refused_upgrade.status)
    if refusal is not None:
        end.close(POLICY, refusal.status_word)
        return Over()
    if knob.mode is Mode.CUT:
        end.cut()
    elif knob.mode is Mode.TIMEOUT:
        # Everything is taken, and nothing comes.
        board_of(current_app).silence("voice_socket", LONGEST_SILENCE_S)
        end.cut()
    else:
        _Session(end, voicing, _inactivity_s(config), several=several).run()
    seen.finished = "whole"
    return Over()


def _voicing(app: Flask, config: SimulatorConfig, pace: Pace, voice_id: str, *, several: bool) -> Voicing:
    return Voicing(
        mouth=mouth_of(app, config),
        board=board_of(app),
        switches=switches_of(app),
        pace=pace,
        path=request.path,
        voice_id=known_voice(voice_id).voice_id,
        model=known_model(request.args.get("model_id", DEFAULT_MODEL)),
        audio_format=known_format(request.args.get("output_format", DEFAULT_FORMAT)),
        language=request.args.get("language_code"),
        auto=request.args.get("auto_mode") == "true",
        named=several,
    )


def _inactivity_s(config: SimulatorConfig) -> float:
    """How long an idle context lives; at a compressed pace for ever."""
    try:
        asked = float(request.args.get("inactivity_timeout", 20))
    except ValueError as error:
        raise Refusal(400, "invalid_parameters", "inactivity_timeout is a number.") from error
    return min(asked, 180.0) / config.speed if config.speed > 0 else float("inf")


class _Session:
    """One socket, from its first message to its close."""

    def __init__(self, end: WebSocket, voicing: Voicing, inactivity_s: float, *, several: bool) -> None:
        self._end, self._voicing, self._inactivity_s, self._several = end, voicing, inactivity_s, several
        self._contexts: dict[str, Context] = {}
        self._lock = threading.Lock()
        self._is_closing = False

    def run(self) -> None:
        """Read until either side is through."""
        try:
            while True:
                message = self._end.receive(_LOOK_EVERY_S)
                if message is None:
                    self._forget_the_idle()
                elif not self._take(message):
                    return
                if self._is_closing and not self._contexts:
                    self._end.close(1000)
                    return
        except Closed:
            return
        finally:
            for context in list(self._contexts.values()):
                context.abandon()

    def _take(self, message: str | bytes) -> bool:
        """Carry out one message; False when it ended the socket."""
        try:
            given = orjson.loads(message)
        except orjson.JSONDecodeError:
            given = None
        known = ("text", "flush", "close_context", "close_socket")
        if not isinstance(given, dict) or not any(name in given for name in known):
            return self._fail(
                "invalid_input_message",
                "Could not parse input message, make sure it is a json and follows the schema outlined in protocol.",
            )
        if given.get("close_socket"):
            self._is_closing = True
            for context in list(self._contexts.values()):
                context.close()
            return True
        name = str(given.get("context_id", "default")) if self._several else SINGLE
        return self._take_of(name, given)

    def _take_of(self, name: str, given: dict[str, object]) -> bool:
        context = self._contexts.get(name)
        if context is None:
            if given.get("close_context"):
                return True
            if len(self._contexts) >= MOST_CONTEXTS:
                return self._fail(
                    "max_active_conversations",
                    f"Maximum simultaneous contexts per WebSocket connection exceeded ({MOST_CONTEXTS}). Please close an "
                    "existing context before opening a new one.",
                )
            context = self._contexts[name] = Context(name, self._voicing, self._end, self._ended, self._fail)
        elif "voice_settings" in given or "generation_config" in given:
            self._end.close(POLICY, "voice settings may only be sent in the first message of a context")
            return False
        text = given.get("text")
        if not self._several and text == "":
            self._is_closing = True
            context.close()
            return True
        context.take(text if isinstance(text, str) else "", flush=bool(given.get("flush")))
        if given.get("close_context"):
            context.close()
        return True

    def _ended(self, context: Context) -> None:
        with self._lock:
            self._contexts.pop(context.name, None)

    def _fail(self, error: str, message: str) -> bool:
        """Give the socket up with everything on it."""
        try:
            self._end.send(orjson.dumps({"message": message, "error": error, "code": POLICY}).decode())
            self._end.close(POLICY, message.encode()[:REASON_BYTES].decode(errors="ignore"))
        except Closed:
            pass
        return False

    def _forget_the_idle(self) -> None:
        now = time.monotonic()
        for context in list(self._contexts.values()):
            if now - context.used_at <= self._inactivity_s:
                continue
            if self._several:
                context.close()
            else:
                self._fail(
                    "input_timeout_exceeded",
                    f"Have not received a new text input within the timeout of {self._inactivity_s:.1f} seconds. Streaming "
                    "input terminated. Please make sure to either feed the input in the timely manner, or to send the end of "
                    'input text (empty string "") when done.',
                )
