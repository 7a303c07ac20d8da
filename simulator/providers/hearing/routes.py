"""The routes of the stand-in transcribers: Scribe, Deepgram's two streams, OpenAI's sessions, and the own protocol."""

from flask import Blueprint, Response, current_app, jsonify, request

from simulator.config import SimulatorConfig
from simulator.providers.elevenlabs.spoken import mouth_of
from simulator.providers.hearing.deepgram import refuse_deepgram, streams_of
from simulator.providers.hearing.flux import FluxTalk
from simulator.providers.hearing.listener import listener_of
from simulator.providers.hearing.nova import NovaTalk, OwnTalk, refuse_own
from simulator.providers.hearing.openai import OpenAITalk, refuse_openai
from simulator.providers.hearing.scribe import ScribeTalk, refuse_scribe
from simulator.providers.hearing.talk import Talk, Unwanted, served
from simulator.providers.knobs import Mode, board_of
from simulator.providers.latency import TRANSCRIPT, Pace
from simulator.providers.openai.realtime import RealtimeTalk

MOST_SOUND = 4 << 20


def hearing_blueprint(config: SimulatorConfig) -> Blueprint:
    """`/elevenlabs/…`, `/deepgram/…`, `/openai/…` and `/own/…` for sound that is to become words."""
    blueprint = Blueprint("hearing", __name__)
    pace = Pace(config.seed, config.speed, "transcriber")

    @blueprint.get("/elevenlabs/v1/speech-to-text/realtime", websocket=True)
    def scribe() -> Response:
        return served(ScribeTalk, pace, config.speed, refuse_scribe)

    @blueprint.get("/deepgram/v1/listen", websocket=True)
    def nova() -> Response:
        return _counted(NovaTalk)

    @blueprint.get("/deepgram/v2/listen", websocket=True)
    def flux() -> Response:
        return _counted(FluxTalk)

    def _counted(kind: type[Talk]) -> Response:
        streams = streams_of()
        streams.change(1)
        try:
            return served(kind, pace, config.speed, refuse_deepgram)
        finally:
            streams.change(-1)

    @blueprint.get("/openai/v1/realtime", websocket=True)
    def realtime() -> Response:
        transcribes = "intent" in request.args
        mouth_of(current_app, config)
        return served(OpenAITalk if transcribes else RealtimeTalk, pace, config.speed, refuse_openai)

    @blueprint.get("/own/v1/listen", websocket=True)
    def own() -> Response:
        return served(OwnTalk, pace, config.speed, refuse_own)

    @blueprint.post("/own/v1/stt")
    def own_by_request() -> Response:
        return _one_utterance(pace)

    return blueprint


def _one_utterance(pace: Pace) -> Response:
    knob, seen = board_of(current_app).meet("transcriber", path=request.path, model="own-request")
    sound = request.get_data()
    try:
        refuse_own(knob)
    except Unwanted as unwanted:
        return unwanted.response()
    if not sound.startswith(b"RIFF") or len(sound) > MOST_SOUND:
        return Unwanted(400, {"error": "a WAV file of mu-law is understood here"}).response()
    if knob.mode in (Mode.SLOW, Mode.TIMEOUT):
        board_of(current_app).silence("transcriber", knob.delay_s if knob.mode is Mode.SLOW else 120.0)
    pace.spend(TRANSCRIPT, pace.next_request())
    if knob.mode is Mode.GARBAGE:
        return Response(b"%%%", mimetype="application/json")
    ear = listener_of(current_app)
    ear.feed(sound.partition(b"data")[2][4:])
    seen.finished = "whole"
    return jsonify(text=ear.words())
