"""ElevenLabs' HTTP API as far as it is used here, spoken by this machine.

Paths, headers, formats and error bodies follow https://elevenlabs.io/docs/api-reference.
"""

import time
from collections.abc import Iterator
from random import Random
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from simulator.config import SimulatorConfig
from simulator.providers.elevenlabs.account import add_account_routes
from simulator.providers.elevenlabs.concurrency import PLAN_LIMIT, QUEUED_S, running_of
from simulator.providers.elevenlabs.request import (
    TOO_MANY,
    Refusal,
    SpeechRequest,
    known_voice,
    out_of_credits,
    speech_request,
)
from simulator.providers.elevenlabs.sockets import add_socket_routes
from simulator.providers.elevenlabs.spoken import mouth_of, synthesize
from simulator.providers.elevenlabs.timestamps import timed_lines
from simulator.providers.faults import Piece, never_answered, streamed, suffered
from simulator.providers.knobs import Knob, Mode, SeenRequest, board_of
from simulator.providers.latency import FIRST_AUDIO, NEXT_AUDIO, Pace
from simulator.providers.switches import switches_of

__all__ = ["mouth_of", "speech_blueprint", "synthesize"]


def speech_blueprint(config: SimulatorConfig) -> Blueprint:
    """`/elevenlabs/v1/…`: speech over HTTP and on sockets, voices, models, subscription."""
    blueprint = Blueprint("elevenlabs", __name__, url_prefix="/elevenlabs")
    pace = Pace(config.seed, config.speed, "voice")
    blueprint.register_error_handler(Refusal, lambda refusal: refusal.response())
    add_account_routes(blueprint, config)
    add_socket_routes(blueprint, config, pace)

    @blueprint.post("/v1/text-to-speech/<voice_id>")
    @blueprint.post("/v1/text-to-speech/<voice_id>/stream")
    def speak(voice_id: str) -> Response:
        return _Speaking(config, pace, speech_request(request, voice_id)).audio()

    @blueprint.post("/v1/text-to-speech/<voice_id>/stream/with-timestamps")
    def speak_with_times(voice_id: str) -> Response:
        return _Speaking(config, pace, speech_request(request, voice_id)).lines()

    @blueprint.get("/previews/<voice_id>.mp3")
    def preview(voice_id: str) -> Response:
        voice = known_voice(voice_id)
        words = f"Hello, my name is {voice.name}. This is how I sound on the phone."
        clip = mouth_of(current_app, config).synthesize(words, voice=voice_id, audio_format="mp3_22050_32")
        return Response(clip, mimetype="audio/mpeg")

    return blueprint


class _Speaking:
    """One request on its way to an answer, good or spoiled by a knob."""

    def __init__(self, config: SimulatorConfig, pace: Pace, wanted: SpeechRequest) -> None:
        self._wanted, self._pace = wanted, pace
        self._rng: Random = pace.next_request()
        self._mouth = mouth_of(current_app, config)
        self._board = board_of(current_app)
        self._knob, self._seen = self._board.meet(
            "voice", path=request.path, model=wanted.model, text=wanted.text
        )

    def audio(self) -> Response:
        """The bytes as they are made."""
        return self._spoiled() or self._answer(
            ((chunk, len(chunk)) for chunk in self._chunks()), self._wanted.mimetype
        )

    def lines(self) -> Response:
        """Lines of JSON, each with audio and the times of what is said in it."""
        return self._spoiled() or self._answer(
            ((line, len(line)) for line in self._paced_lines()), "application/json"
        )

    def _chunks(self) -> Iterator[bytes]:
        # The local voice's own work counts as part of the latency that is played.
        return self._paced(self._spoken())

    def _paced_lines(self) -> Iterator[bytes]:
        return self._paced(self._made_lines())

    def _made_lines(self) -> Iterator[bytes]:
        yield from timed_lines(list(self._spoken()), self._wanted.text, self._wanted.audio_format)

    def _spoken(self) -> Iterator[bytes]:
        wanted = self._wanted
        return self._mouth.stream(
            wanted.text,
            voice=wanted.voice.voice_id,
            audio_format=wanted.audio_format,
            language=wanted.language,
        )

    def _paced(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        asked_at = time.monotonic()
        for number, piece in enumerate(pieces):
            self._pace.spend(NEXT_AUDIO if number else FIRST_AUDIO, self._rng, since=asked_at)
            yield piece
            asked_at = time.monotonic()

    def _answer(self, pieces: Iterator[Piece], mimetype: str) -> Response:
        running = running_of(current_app)
        body = running.counted(suffered(pieces, self._knob, self._board, self._seen))
        response = streamed(body, self._knob, mimetype)
        response.headers["current-concurrent-requests"] = str(running.now + 1)
        response.headers["maximum-concurrent-requests"] = str(PLAN_LIMIT)
        response.headers["request-id"] = str(UUID(int=self._rng.getrandbits(128), version=4))
        response.headers["character-cost"] = str(len(self._wanted.text))
        return response

    def _spoiled(self) -> Response | None:
        when_full = switches_of(current_app)["tts_concurrency"]
        if when_full != "unlimited" and running_of(current_app).now >= PLAN_LIMIT:
            if when_full == "refused":
                return TOO_MANY.response()
            time.sleep(QUEUED_S)
        return _spoiled_speech(self._knob, self._seen, self._rng, self._wanted.mimetype)


def _spoiled_speech(knob: Knob, seen: SeenRequest, rng: Random, mimetype: str) -> Response | None:
    """The answer of a provider that does not speak at all; None when it will."""
    if knob.mode in (Mode.OK, Mode.SLOW, Mode.CUT):
        return None
    seen.finished = "failed"
    if knob.mode is Mode.TIMEOUT:
        return never_answered(knob, board_of(current_app), seen)
    if knob.mode is Mode.RATE_LIMIT:
        return TOO_MANY.response(knob.delay_s)
    if knob.mode is Mode.QUOTA:
        return out_of_credits(switches_of(current_app)).response()
    if knob.mode is Mode.GARBAGE:
        return Response(rng.randbytes(600), mimetype=mimetype)
    return Refusal(knob.status, "internal_error", "The voice does not work at the moment.").response()
