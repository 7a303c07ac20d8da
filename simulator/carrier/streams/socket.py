"""A websocket that the carrier opens to the product: signed like every webhook, read on a thread of its own."""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from simulator.carrier.wire.signature import sign

OPEN_WITHIN_S = 15.0
CLOSE_WITHIN_S = 2.0
MOST_MESSAGE_BYTES = 8 * 1024 * 1024
"""Media of any length is accepted (handbook 3.2); this limits one message."""
USER_AGENT = "Jetty/11.0.24"
TWICE_SIGNED = "x-amzn-bedrock-agentcore-runtime-custom-twilio-signature"
"""The same signature comes under this name too (handbook 4.5)."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
GONE = 1006
"""The close code of a connection that ended without a close frame (RFC 6455, 7.4.1)."""

JSON = dict[str, Any]
Note = Callable[[str, Any], None]
"""Told of every message: by whom (`carrier`, `app`), and the message."""


class NoSocket(Exception):
    """The websocket did not open; `code` is Media Streams' error and `status` what the handshake was answered with."""

    def __init__(self, code: int, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.code, self.text, self.status = code, text, status


class AppSocket:
    """One open websocket. The call's thread sends and reads; `wake` is called from the reader when something came."""

    def __init__(self, connection: ClientConnection, wake: Callable[[], None]) -> None:
        self._connection, self._wake = connection, wake
        self.note: Note = lambda _by, _message: None
        self._lock = threading.Lock()
        self._arrived: deque[str | bytes] = deque()
        self._closed: tuple[int, str] | None = None
        threading.Thread(target=self._read, name="stream-reader", daemon=True).start()

    @property
    def closed(self) -> tuple[int, str] | None:
        """Code and reason once the socket is closed and all that came before has been taken."""
        with self._lock:
            return None if self._arrived else self._closed

    def has_news(self) -> bool:
        """Whether a message or the end is waiting to be looked at."""
        return bool(self._arrived) or self._closed is not None

    def take(self) -> list[str | bytes]:
        """All messages that have come, oldest first."""
        with self._lock:
            taken = list(self._arrived)
            self._arrived.clear()
        for message in taken:
            self.note("app", message)
        return taken

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message; a message that the peer no longer takes is lost, and `closed` soon gives the reason."""
        self.note("carrier", message)
        with suppress(ConnectionClosed, OSError):
            self._connection.send(json.dumps(message, separators=(",", ":"), ensure_ascii=False))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a close frame, waiting a moment for the other side's."""
        self._connection.close(code, reason)

    def cut(self) -> None:
        """End the connection without a close frame, as a network does."""
        self._connection.close_socket()

    def _read(self) -> None:
        try:
            while True:
                message = self._connection.recv()
                with self._lock:
                    self._arrived.append(message)
                self._wake()
        except ConnectionClosed as end:
            received = end.rcvd
            self._end(received.code if received else GONE, received.reason if received else "")
        except OSError:
            self._end(GONE, "")

    def _end(self, code: int, reason: str) -> None:
        with self._lock:
            self._closed = self._closed or (code, reason)
        self._wake()


def open_socket(
    url: str, auth_token: str, wake: Callable[[], None], *, signed_as_https: bool = False
) -> AppSocket:
    """Open the URL exactly as the TwiML has it. Raises NoSocket.

    Twilio takes `wss://` alone (handbook 2.7, 2.8); a product on this machine has no certificate, so `ws://` leads there.
    """
    parts = urlsplit(url)
    if parts.scheme != "wss" and not (parts.scheme == "ws" and parts.hostname in LOOPBACK):
        raise NoSocket(31922, f"Stream - URL schema not supported: {parts.scheme or 'none'}")
    if not parts.hostname:
        raise NoSocket(31923, "Stream - Malformed URL")
    signed = url.replace("ws", "http", 1) if signed_as_https else url
    signature = sign(auth_token, signed)
    try:
        connection = connect(
            url,
            additional_headers={"X-Twilio-Signature": signature, TWICE_SIGNED: signature},
            user_agent_header=USER_AGENT,
            compression=None,
            proxy=None,
            open_timeout=OPEN_WITHIN_S,
            close_timeout=CLOSE_WITHIN_S,
            ping_interval=None,
            max_size=MOST_MESSAGE_BYTES,
            max_queue=None,
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        raise NoSocket(31920, f"Stream - WebSocket - Handshake Error: {status}", status) from refused
    except (InvalidHandshake, WebSocketException) as error:
        raise NoSocket(31924, f"Stream - WebSocket - Protocol Error: {error}") from error
    except TimeoutError as error:
        raise NoSocket(31901, "Stream - WebSocket - Connection Timeout") from error
    except OSError as error:
        raise NoSocket(31902, "Stream - WebSocket - Connection Refused") from error
    return AppSocket(connection, wake)
