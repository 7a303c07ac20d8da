"""The websockets of a call: a signed upgrade becomes a socket, and one session carries it to its end."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from flask import Response

from voicebot.domain.call.background import Transport
from voicebot.runtime import Runtime
from voicebot.services.doctor.probe import PROBE_HEADER, probe_answer
from voicebot.sockets.server import NotAnUpgrade, accept, agreement
from voicebot.sockets.websocket import WebSocket
from voicebot.telemetry import metrics
from webhooks.direct import Views
from webhooks.guard import Webhook
from webhooks.upgrades import Upgrade

Carry = Callable[[Runtime, WebSocket, Transport], None]
LONGEST_NONCE = 64
PROBE_VARIABLE = "HTTP_" + PROBE_HEADER.upper().replace("-", "_")

logger = logging.getLogger(__name__)


def stream_views(carry: Carry, draining: threading.Event) -> Views:
    """Return the views of `/twilio/relay` and `/twilio/media`; `carry` runs one call's session until it or the socket is over."""

    def relay(runtime: Runtime, request: Webhook) -> Response:
        return _upgrade(carry, runtime, request, Transport.RELAY, draining)

    def media(runtime: Runtime, request: Webhook) -> Response:
        return _upgrade(carry, runtime, request, Transport.MEDIA, draining)

    return {("GET", "/twilio/relay"): relay, ("GET", "/twilio/media"): media}


def turn_away(runtime: Runtime, socket: WebSocket, transport: Transport) -> None:
    """Carry nothing: say that this process takes no calls on sockets."""
    del runtime, transport
    socket.close(1013, "no calls on sockets here")


def _upgrade(
    carry: Carry, runtime: Runtime, request: Webhook, transport: Transport, draining: threading.Event
) -> Response:
    nonce = request.environ.get(PROBE_VARIABLE, "")[:LONGEST_NONCE]
    try:
        agreement(request.environ)
    except NotAnUpgrade as error:
        return Response(error.text, status=error.status, mimetype="text/plain")
    if draining.is_set():
        return Response("stopping\n", status=503, mimetype="text/plain")
    if nonce:
        return Upgrade(lambda environ: _answer_probe(runtime, environ, nonce))
    return Upgrade(lambda environ: _carry(carry, runtime, environ, transport))


def _answer_probe(runtime: Runtime, environ: dict[str, Any], nonce: str) -> None:
    """Answer the probe that asks whether sockets reach us: say who we are; no session, no call."""
    try:
        socket = accept(environ, runtime.limits.socket)
    except OSError:
        return
    socket.send(probe_answer(runtime.settings, nonce))
    socket.finish()


def _carry(carry: Carry, runtime: Runtime, environ: dict[str, Any], transport: Transport) -> None:
    """Run a session on the connection of a request; the request itself is over by now."""
    try:
        socket = accept(environ, runtime.limits.socket)
    except OSError:
        # The peer has gone meanwhile.
        return
    is_open = metrics.STREAM_SOCKETS.labels(transport.value)
    runtime.open_sockets.enter(socket)
    is_open.inc()
    try:
        carry(runtime, socket, transport)
    except Exception:
        logger.exception("the session of a call's socket failed", extra={"transport": transport.value})
        socket.close(1011, "")
    finally:
        socket.finish()
        is_open.dec()
        runtime.open_sockets.leave(socket)
        if socket.ending is not None:
            metrics.STREAM_SOCKETS_CLOSED.labels(transport.value, socket.ending.ending.value).inc()
