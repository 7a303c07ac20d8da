"""Either end of a websocket, on `websockets`' protocol without I/O and a plain socket.

The server's end is taken from a WSGI request (`accept`), under gevent's server and under werkzeug's; the view's route has
`websocket=True`, or Flask does not lead upgrades there, and the view returns `Over` in the end. The client's end dials
(`connect`). One thread reads, any thread sends. The simulator has ends of its own: what it plays shares no code with what it tries.
"""

import socket
import ssl
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from flask import Response
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.http11 import Response as Handshake
from websockets.protocol import Protocol, State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

READ_BYTES = 64 * 1024
MOST_MESSAGE_BYTES = 1 << 20
CONNECT_S, SEND_S, CLOSE_S = 5.0, 10.0, 2.0
CUT = 1006
"""What a reader is told when no close frame came (RFC 6455, 7.1.5)."""


class Closed(Exception):
    """The websocket is over; `code` and `reason` are those of the other side, 1006 when it just went away."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"closed: {code}")
        self.code, self.reason = code, reason


class Refused(Exception):
    """The server did not open the websocket."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        super().__init__(f"refused: {status}")
        self.status, self.body, self.headers = status, body, headers


class WebSocket:
    """One end. Messages are text (str) or binary (bytes), whole; the reader answers pings."""

    def __init__(self, protocol: Protocol, connection: socket.socket) -> None:
        self._protocol, self._connection = protocol, connection
        self._lock = threading.Lock()
        self._whole: deque[str | bytes] = deque()
        self._parts: list[bytes] = []
        self._text = False

    @property
    def open(self) -> bool:
        """Whether messages still go out."""
        return self._protocol.state is State.OPEN

    def receive(self, timeout_s: float | None = None) -> str | bytes | None:
        """Return the next message; None when none came in this time. Raises Closed."""
        while not self._whole:
            if self._protocol.state is State.CLOSED:
                raise self._closed()
            try:
                self._connection.settimeout(timeout_s)
                data = self._connection.recv(READ_BYTES)
            except TimeoutError:
                return None
            except OSError:
                data = b""
            self._take(data)
        return self._whole.popleft()

    def send(self, message: str | bytes) -> None:
        """Send a message now. Raises Closed."""
        with self._lock:
            try:
                if isinstance(message, str):
                    self._protocol.send_text(message.encode())
                else:
                    self._protocol.send_binary(message)
            except InvalidState:
                raise self._closed() from None
            self._flush()

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping; the answer is not waited for."""
        with self._lock, suppress(InvalidState):
            self._protocol.send_ping(payload)
            self._flush()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and wait a moment for the other side's; any thread may, more than once."""
        with self._lock:
            with suppress(InvalidState):
                self._protocol.send_close(code, reason)
            self._flush()
        with suppress(Closed):
            while self.receive(CLOSE_S) is not None:
                pass
        self.cut()

    def cut(self) -> None:
        """End the connection without a close frame, as a lost one ends."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._connection.close()

    def _take(self, data: bytes) -> None:
        with self._lock:
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    self._frame(event)
            self._flush()
            if self._protocol.close_expected() and not data:
                self.cut()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._parts, self._text = [bytes(frame.data)], frame.opcode is Opcode.TEXT
        elif frame.opcode is Opcode.CONT:
            self._parts.append(bytes(frame.data))
        else:
            return
        if frame.fin:
            whole = b"".join(self._parts)
            self._whole.append(whole.decode(errors="replace") if self._text else whole)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            try:
                if data:
                    self._connection.settimeout(SEND_S)
                    self._connection.sendall(data)
                else:
                    self._connection.shutdown(socket.SHUT_WR)
            except OSError:
                self._protocol.receive_eof()
                return

    def _closed(self) -> Closed:
        code, reason = self._protocol.close_code, self._protocol.close_reason
        return Closed(CUT if code is None else code, reason or "")


class Over(Response):
    """The return value of a view whose request became a websocket that is now over."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer nothing: gevent's server closes the connection, werkzeug's is told that it was dropped."""
        del start_response
        if "werkzeug.socket" in environ:
            raise ConnectionError
        environ["simulator.handler"].close_connection = True
        return []


def accept(environ: Mapping[str, Any], *, subprotocols: tuple[str, ...] = ()) -> WebSocket:
    """Make the server's end of an upgrade request. Raises Refused, with what to answer, when it is none."""
    chosen: Any = list(subprotocols) or None
    protocol = ServerProtocol(subprotocols=chosen, max_size=MOST_MESSAGE_BYTES)
    protocol.receive_data(_request(environ))
    request = next((event for event in protocol.events_received() if isinstance(event, Request)), None)
    if request is None:
        raise Refused(400, b"not a request for a websocket", {})
    response = protocol.accept(request)
    if response.status_code != 101:
        raise Refused(response.status_code, bytes(response.body or b""), {})
    connection = _connection_of(environ)
    protocol.send_response(response)
    end = WebSocket(protocol, connection)
    with end._lock:
        end._flush()
    return end


def is_upgrade(environ: Mapping[str, Any]) -> bool:
    """Whether a request asks for a websocket."""
    return str(environ.get("HTTP_UPGRADE", "")).lower() == "websocket"


def connect(url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = CONNECT_S) -> WebSocket:
    """Open a websocket to `ws://` or `wss://`. Raises Refused; OSError when nobody answers."""
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    port = parts.port or (443 if secure else 80)
    connection = socket.create_connection((parts.hostname or "", port), timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if secure:
        connection = ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname)
    protocol = ClientProtocol(parse_uri(url), max_size=MOST_MESSAGE_BYTES)
    request = protocol.connect()
    request.headers.update(Headers(headers or {}))
    protocol.send_request(request)
    end = WebSocket(protocol, connection)
    with end._lock:
        end._flush()
    while True:
        data = connection.recv(READ_BYTES)
        protocol.receive_data(data) if data else protocol.receive_eof()
        for event in protocol.events_received():
            if isinstance(event, Handshake):
                if event.status_code != 101:
                    end.cut()
                    raise Refused(
                        event.status_code, bytes(event.body or b""), dict(event.headers.raw_items())
                    )
            elif isinstance(event, Frame):
                end._frame(event)
        if protocol.handshake_exc is not None or (not data and protocol.state is not State.OPEN):
            end.cut()
            raise ConnectionError("no websocket was opened")
        if protocol.state is not State.CONNECTING:
            # It may be over already: frames, the last one too, came together with the answer.
            with end._lock:
                end._flush()
            return end


def _request(environ: Mapping[str, Any]) -> bytes:
    """The upgrade request once more as it came: the server has read it already."""
    path = environ.get("RAW_URI") or environ.get("PATH_INFO", "/")
    lines = [f"GET {path} HTTP/1.1"]
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            lines.append(f"{name[5:].replace('_', '-')}: {value}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _connection_of(environ: Mapping[str, Any]) -> socket.socket:
    connection = environ.get("simulator.socket") or environ.get("werkzeug.socket")
    if connection is None:
        raise Refused(501, b"this server opens no websockets", {})
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection  # type: ignore[no-any-return]
