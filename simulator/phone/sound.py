"""The sound of a call: past sounds as files, present ones as a stream, and a microphone's input."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response

from simulator.carrier.exchange import Exchange
from simulator.carrier.verbs.speaking import VOICED_AS
from simulator.phone.asked import Refused, call_of, json_body, refusals

MOST_MICROPHONE_BYTES = 16_000
"""Two seconds of mu-law in one request; a microphone sends a tenth of that."""


def sound_blueprint(exchange: Exchange) -> Blueprint:
    """`/phone/calls/<sid>/audio/<n>`, `/listen` and `/microphone`."""
    blueprint = Blueprint("phone_sound", __name__, url_prefix="/phone")
    refusals(blueprint)

    @blueprint.get("/calls/<sid>/audio/<int:n>")
    def audio(sid: str, n: int) -> Response:
        item = call_of(exchange, sid).hearing.item(n)
        if item is not None and item.audio:
            return Response(item.audio, mimetype=item.content_type)
        if item is None or not item.text or item.kind not in ("say", "play") or exchange.synthesize is None:
            raise Refused(404, "nothing to be heard here")
        return Response(exchange.synthesize(item.text, item.voice, VOICED_AS), mimetype="audio/mpeg")

    @blueprint.get("/calls/<sid>/listen")
    def listen(sid: str) -> Response:
        # Pieces as `streams/tap.py` has them: a byte that says what it is, four of length, mu-law at 8 kHz.
        pieces: Iterator[bytes] = call_of(exchange, sid).tap.listen()
        return Response(pieces, mimetype="application/octet-stream", headers={"Cache-Control": "no-store"})

    @blueprint.post("/calls/<sid>/microphone")
    def microphone(sid: str) -> dict[str, Any]:
        call, given = call_of(exchange, sid), json_body().get("audio")
        try:
            sound = base64.b64decode(given if isinstance(given, str) else "", validate=True)
        except (binascii.Error, ValueError):
            raise Refused(400, "audio is mu-law at 8 kHz in base64") from None
        if not 0 < len(sound) <= MOST_MICROPHONE_BYTES:
            raise Refused(400, f"audio holds 1 to {MOST_MICROPHONE_BYTES} bytes")
        if call.line.over:
            raise Refused(409, "the call is over")
        call.mouth.microphone(sound)
        return {"sid": sid, "heard": call.on_a_stream == "media"}

    return blueprint
