"""What both of Deepgram's streams have in common: keys, limits, refusals (handbook of providers, 4)."""

import threading

from flask import current_app, request

from simulator.providers.hearing.talk import Unwanted
from simulator.providers.knobs import Knob, Mode
from simulator.providers.switches import switches_of


class Streams:
    """How many streams are open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 0

    def change(self, by: int) -> None:
        """Count one more or less."""
        with self._lock:
            self.now += by


def streams_of() -> Streams:
    """Return this simulator's count."""
    streams: Streams = current_app.extensions.setdefault("deepgram_streams", Streams())
    return streams


def refuse_deepgram(knob: Knob) -> None:
    """Refuse an upgrade in Deepgram's words. Raises Unwanted."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "token" or not key.strip() or (knob.mode is Mode.FAIL and knob.status == 401):
        raise _unwanted(401, "INVALID_AUTH", "Invalid credentials.")
    if knob.mode is Mode.QUOTA:
        raise _unwanted(402, "ASR_PAYMENT_REQUIRED", "The project has no credits.")
    if knob.mode is Mode.RATE_LIMIT or streams_of().now > int(switches_of(current_app)["deepgram_limit"]):
        raise _unwanted(429, "TOO_MANY_REQUESTS", "Too many requests.")
    if knob.mode is Mode.FAIL:
        raise _unwanted(knob.status, "INTERNAL_SERVER_ERROR", "It does not work now.")
    if request.args.get("encoding") != "mulaw" or request.args.get("sample_rate") != "8000":
        raise _unwanted(400, "Bad Request", "Only mulaw at 8000 Hz is understood here.")


def _unwanted(status: int, code: str, message: str) -> Unwanted:
    return Unwanted(
        status, {"err_code": code, "err_msg": message, "request_id": "standin"}, {"dg-error": message}
    )
