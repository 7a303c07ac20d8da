"""A websocket of ours to somebody else."""

import socket
import ssl
import time
from collections.abc import Mapping, Sequence

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.tls import Tls, trusted
from voicebot.sockets.websocket import QUIET, WebSocket

READ_AT_ONCE = 16 * 1024
LONGEST_REFUSAL = 64 * 1024


class RefusedUpgrade(Exception):
    """The server answered, and not with a websocket. `body` is the beginning of what it said."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"upgrade refused: {status}")
        self.status, self.body = status, body


def connect(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    limits: SocketLimits,
    subprotocols: Sequence[str] = (),
    tls_context: ssl.SSLContext | None = None,
) -> WebSocket:
    """Open `ws://` or `wss://` within `connect_within_s`. Raises ConnectionError, TimeoutError, RefusedUpgrade.

    ConnectionError stands for everything before the server's answer: the name, the connection, TLS.
    """
    uri, until = parse_uri(url), time.monotonic() + limits.connect_within_s
    client = None
    try:
        client = socket.create_connection((uri.host, uri.port), timeout=limits.connect_within_s)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = _secured(client, tls_context or trusted(), uri.host, until) if uri.secure else None
        protocol, begun = _upgraded(client, tls, uri, headers or {}, limits, subprotocols, until)
    except (TimeoutError, ConnectionError, RefusedUpgrade):
        _close(client)
        raise
    except OSError as error:
        _close(client)
        raise ConnectionError(str(error)) from error
    return WebSocket(client, protocol, limits, begun=begun, tls=tls)


def _close(client: socket.socket | None) -> None:
    if client is not None:
        client.close()


def _read(client: socket.socket, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the server does not answer the upgrade")
    client.settimeout(left)
    return client.recv(READ_AT_ONCE)


def _secured(client: socket.socket, context: ssl.SSLContext, host: str, until: float) -> Tls:
    tls = Tls(context, host)
    done, out = tls.handshake()
    while True:
        client.sendall(out)
        if done:
            return tls
        data = _read(client, until)
        if not data:
            raise ConnectionError("the server ended the connection before TLS stood")
        done, out = tls.handshake(data)


def _upgraded(
    client: socket.socket,
    tls: Tls | None,
    uri: WebSocketURI,
    headers: Mapping[str, str],
    limits: SocketLimits,
    subprotocols: Sequence[str],
    until: float,
) -> tuple[ClientProtocol, bytes]:
    protocol = ClientProtocol(
        uri,
        subprotocols=[Subprotocol(name) for name in subprotocols] or None,
        max_size=limits.most_message_bytes,
        logger=QUIET,
    )
    request = protocol.connect()
    request.headers.update(headers)
    protocol.send_request(request)
    asked = b"".join(protocol.data_to_send())
    client.sendall(tls.sealed(asked) if tls else asked)
    received = 0
    while not (events := protocol.events_received()):
        if protocol.handshake_exc is not None or received > LONGEST_REFUSAL:
            raise ConnectionError("the server speaks no HTTP")
        data = _read(client, until)
        if not data:
            protocol.receive_eof()
            if not protocol.events:
                raise ConnectionError("the server ended the connection")
            continue
        received += len(data)
        if data := tls.opened(data) if tls else data:
            protocol.receive_data(data)
    response = events[0]
    assert isinstance(response, Response)
    if isinstance(protocol.handshake_exc, InvalidStatus):
        raise RefusedUpgrade(response.status_code, response.body or b"")
    if protocol.handshake_exc is not None:
        raise ConnectionError(f"the server's upgrade is wrong: {type(protocol.handshake_exc).__name__}")
    # Frames that came with the answer were read with it.
    protocol.events[:0] = events[1:]
    return protocol, b""
