"""A websocket out of a request that gunicorn (or, in tests, werkzeug) has read."""

import socket
from collections.abc import Mapping
from typing import Any

from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import QUIET, WebSocket

HEADERS = ("Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version")


class NotAnUpgrade(Exception):
    """The request asks for no websocket, or not as RFC 6455 has it: `status` is what it gets."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


def agreement(environ: Mapping[str, Any]) -> bytes:
    """Return the answer that makes a websocket of the request's connection. Raises NotAnUpgrade."""
    given = {name: environ.get("HTTP_" + name.upper().replace("-", "_")) for name in HEADERS}
    headers = Headers({name: value for name, value in given.items() if value is not None})
    request = Request(environ.get("PATH_INFO", ""), headers)
    response = ServerProtocol(logger=QUIET).accept(request)
    if environ.get("REQUEST_METHOD") != "GET" or response.status_code != 101:
        raise NotAnUpgrade(
            response.status_code if response.status_code != 101 else 405, "a websocket is opened here\n"
        )
    return response.serialize()


def accept(environ: Mapping[str, Any], limits: SocketLimits) -> WebSocket:
    """Answer the request's upgrade and take its connection over. Raises NotAnUpgrade, OSError."""
    answer = agreement(environ)
    client, begun = _connection(environ)
    client.settimeout(limits.send_within_s)
    if client.family in (socket.AF_INET, socket.AF_INET6):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel would keep megabytes for a peer that does not read; and a `clear` would wait behind them.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.most_unsent_in_kernel)
    client.sendall(answer)
    # No extensions: compressed frames are a way to send us much more than was counted.
    protocol = ServerProtocol(state=State.OPEN, max_size=limits.most_message_bytes, logger=QUIET)
    return WebSocket(client, protocol, limits, begun=begun)


def _connection(environ: Mapping[str, Any]) -> tuple[socket.socket, bytes]:
    """Return the socket, and what the client sent on it after its request."""
    if connection := environ.get("gunicorn.socket"):
        return connection.hand_over()  # type: ignore[no-any-return]
    # It looks once more into its own descriptor when we are done.
    return environ["werkzeug.socket"].dup(), b""
