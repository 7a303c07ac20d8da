"""`/console/calls/<call>/audio`: the websocket by which a browser hears a call, in the processes that have the calls.

The token of its first message proves who it is. Beside that a browser says which page opened the socket, and it has to be one of ours.
"""

import logging
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, request

from voicebot.current_runtime import current_runtime
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.next_page import HOME
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping.browser import serve_browser
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.server import NotAnUpgrade, accept, agreement
from webhooks.upgrades import Upgrade

LIMITS = SocketLimits(
    most_message_bytes=2048, most_per_s=75.0, takes_binary=True, most_unsent_bytes=64 * 1024
)
COOKIES = ("__Host-voicebot", "voicebot")
LONGEST_SECRET = 128

log = logging.getLogger(__name__)


def listeners_blueprint() -> Blueprint:
    """Make the route, on which a session has one browser until the browser is gone."""
    blueprint = Blueprint("listeners", __name__, url_prefix=HOME)

    def audio(call: UUID) -> Response:
        runtime = current_runtime()
        if not _is_ours(runtime, request.headers.get("Origin", "")):
            return Response("sign in: a page of the console opens this\n", status=401, mimetype="text/plain")
        try:
            agreement(request.environ)
        except NotAnUpgrade as error:
            return Response(error.text, status=error.status, mimetype="text/plain")
        secret = next((request.cookies[name] for name in COOKIES if request.cookies.get(name)), "")
        session = hash_of(secret[:LONGEST_SECRET]) if secret else None
        return Upgrade(lambda environ: _serve(runtime, environ, call, session))

    for is_socket in (True, False):
        blueprint.get("/calls/<uuid:call>/audio", websocket=is_socket, provide_automatic_options=False)(audio)
    return blueprint


def _is_ours(runtime: Runtime, origin: str) -> bool:
    asked = urlsplit(origin)
    if not asked.netloc or asked.scheme not in ("http", "https"):
        return False
    known = urlsplit(runtime.settings.public_url)
    return asked.netloc == request.host or (asked.scheme, asked.netloc) == (known.scheme, known.netloc)


def _serve(runtime: Runtime, environ: dict[str, object], call: UUID, session: str | None) -> None:
    try:
        socket = accept(environ, LIMITS)
    except OSError:
        # The browser has gone meanwhile.
        return
    try:
        serve_browser(runtime, socket, call, session)
    except Exception:
        log.exception("a browser could not hear a call")
        socket.close(1011, "")
    finally:
        socket.finish()
