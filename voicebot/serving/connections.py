"""The connections of one process: a request comes in time, an answer is taken in time, and others have room beside those that wait.

Whoever opens connections and sends little on them, or takes little of what is answered, holds nothing for long. Addresses are not counted: Twilio has few, and
everybody behind a proxy has one.
"""

import errno
import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any

from voicebot.limits import ConnectionLimits

SAID_EVERY_S = 60.0
UNSENT = "answer"
READ_AT_ONCE = 256 * 1024
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

logger = logging.getLogger(__name__)


class Phase(StrEnum):
    """What is awaited of the client."""

    NEW = "new"
    """The first byte."""
    IDLE = "idle"
    """Another request, or none."""
    HEADERS = "headers"
    BODY = "body"
    ANSWERED = "answered"
    """Nothing: the request is whole, the answer is ours to give."""


class TooSlow(TimeoutError):
    """The request did not come in time. To gunicorn it is a client that has gone, which is no error of ours."""

    def __init__(self, phase: Phase) -> None:
        super().__init__(errno.ECONNRESET, f"the {phase.value} of a request did not come in time")


class Connection:
    """A client's socket, as gunicorn uses sockets, that waits for what is awaited and no longer."""

    def __init__(self, client: socket.socket, connections: "Connections") -> None:
        self._client, self._connections = client, connections
        self._body_is_whole: Callable[[], bool]
        self._read_ahead: Callable[[], bytes]
        self.forget_request()
        self._read_without_rest = 0
        self._sent, self._unsent_s = 0, 0.0
        self._is_dropped = False
        self.place: dict[Connection, None] | None = None
        """Among which others it stands; none once it is dropped or closed."""
        self.phase, self.since = Phase.NEW, connections.clock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def recv(self, size: int) -> bytes:
        """Return what has come. Raises TooSlow."""
        try:
            data = self._received(size)
        except TimeoutError:
            raise
        except OSError:
            # gevent tells whoever waits that the socket is closed.
            if not self._is_dropped:
                raise
            return b""
        if data and self.phase is Phase.IDLE:
            self._enters(Phase.HEADERS)
        elif data and self.phase is Phase.NEW:
            # Its time began when it was opened.
            self.phase = Phase.HEADERS
        self._read_without_rest += len(data)
        if self._read_without_rest > READ_AT_ONCE:
            # Bytes that are always there already would leave nobody else a turn.
            self._read_without_rest = 0
            time.sleep(0)
        return data

    def sendall(self, data: bytes) -> None:
        """Send all, to somebody who takes it: nobody holds an answer for longer than `send_s`, or takes it in drops for ever."""
        limits, began = self._connections.limits, self._connections.clock()
        left = limits.send_s + min(0.0, self._sent / limits.least_bytes_per_s - self._unsent_s)
        self._client.settimeout(max(0.001, left))
        self._connections.sends(self)
        try:
            self._client.sendall(data)
        except TimeoutError as error:
            self._connections.dropped(UNSENT)
            raise BrokenPipeError(errno.EPIPE, "the answer is not taken") from error
        finally:
            self._connections.has_sent(self)
            self._client.settimeout(None)
        self._sent += len(data)
        self._unsent_s += self._connections.clock() - began

    def hand_over(self) -> tuple[socket.socket, bytes]:
        """The request made a websocket of it: return the socket, and what was read of it after the request.

        Nothing is awaited here any more; it stays one of the connections until its websocket is over.
        """
        self._enters(Phase.ANSWERED)
        return self._client, self._read_ahead()

    def forget_request(self) -> None:
        """Its last request is over; what is known of it holds this connection."""
        self._body_is_whole, self._read_ahead = _is_whole, _nothing_read

    def awaits_body(
        self, is_whole: Callable[[], bool], read_ahead: Callable[[], bytes] = lambda: b""
    ) -> None:
        """The headers are there; `is_whole` says whether the body is, too, `read_ahead` what came after it."""
        self._body_is_whole, self._read_ahead = is_whole, read_ahead
        self._enters(Phase.ANSWERED if is_whole() else Phase.BODY)

    def awaits_request(self, *, has_begun: bool) -> None:
        """The answer is given; the next request, if it has begun, has its own time."""
        self._sent, self._unsent_s = 0, 0.0
        self._enters(Phase.HEADERS if has_begun else Phase.IDLE)

    def is_waited_for(self) -> bool:
        """Tell whether a part of a request is still missing."""
        if self.phase is Phase.BODY and self._body_is_whole():
            self._enters(Phase.ANSWERED)
        return self.phase in (Phase.NEW, Phase.HEADERS, Phase.BODY)

    def drop(self) -> None:
        """End it from outside: whoever reads from it finds its end."""
        self._is_dropped = True
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def _enters(self, phase: Phase) -> None:
        self.phase, self.since = phase, self._connections.clock()
        self._connections.moved(self)

    def _until(self) -> float | None:
        limits = self._connections.limits
        match self.phase:
            case Phase.NEW | Phase.HEADERS:
                return self.since + limits.headers_s
            case Phase.BODY:
                return self.since + limits.body_s
        return None

    def _received(self, size: int) -> bytes:
        until = self._until()
        if until is None:
            return self._client.recv(size)
        left = until - self._connections.clock()
        try:
            if left <= 0:
                raise TimeoutError
            self._client.settimeout(left)
            data = self._client.recv(size)
        except TimeoutError:
            raise self._too_slow() from None
        finally:
            with suppress(OSError):
                self._client.settimeout(None)
        return data

    def _too_slow(self) -> TooSlow:
        self._connections.dropped(self.phase.value)
        if self.phase is Phase.HEADERS:
            with suppress(OSError):
                self._client.settimeout(0.0)
                self._client.send(TOO_SLOW)
        return TooSlow(self.phase)


class Connections:
    """All of them: how many requests and answers may be on their way at once, and how many connections may be open."""

    def __init__(
        self, limits: ConnectionLimits, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits, self.clock = limits, clock
        self._most = most
        # Each oldest first.
        self._waited_for: dict[Connection, None] = {}
        self._idle: dict[Connection, None] = {}
        self._answered: dict[Connection, None] = {}
        self._unsent: dict[Connection, None] = {}
        self._dropped = 0
        self._said_at = float("-inf")

    def enter(self, client: socket.socket) -> Connection:
        """A connection has come; if there are too many, the one that kept us waiting longest goes."""
        connection = Connection(client, self)
        self._stands(connection, self._waited_for)
        while len(self._waited_for) > self.limits.most_incomplete and self._drop_slowest():
            pass
        # The one that just came must not go for it, whatever the others do.
        while len(self) > self._most and (self._drop_idle() or self._drop_slowest() or self._drop_unsent()):
            pass
        return connection

    def leave(self, connection: Connection) -> None:
        """It is closed."""
        self._unsent.pop(connection, None)
        if connection.place is not None:
            del connection.place[connection]
            connection.place = None

    def sends(self, connection: Connection) -> None:
        """An answer, or a piece of one, is about to leave; of too many that nobody takes the oldest goes."""
        self._unsent[connection] = None
        if len(self._unsent) > self.limits.most_unsent:
            self._drop_unsent()

    def has_sent(self, connection: Connection) -> None:
        """It has left, or never will."""
        self._unsent.pop(connection, None)

    def moved(self, connection: Connection) -> None:
        """Another thing is awaited of it now."""
        if connection.place is None:
            # It was dropped; its own thread has not found out yet.
            return
        del connection.place[connection]
        match connection.phase:
            case Phase.IDLE:
                self._stands(connection, self._idle)
            case Phase.ANSWERED:
                self._stands(connection, self._answered)
            case _:
                self._stands(connection, self._waited_for)

    def dropped(self, reason: str) -> None:
        """Say once in a while, and not for each, that connections were dropped."""
        self._dropped += 1
        now = self.clock()
        if now - self._said_at >= SAID_EVERY_S:
            logger.warning(
                "connections were dropped: their clients are too slow",
                extra={"reason": reason, "count": self._dropped},
            )
            self._said_at, self._dropped = now, 0

    @staticmethod
    def _stands(connection: Connection, place: "dict[Connection, None]") -> None:
        connection.place, place[connection] = place, None

    def __len__(self) -> int:
        return len(self._waited_for) + len(self._idle) + len(self._answered)

    def _drop_slowest(self) -> bool:
        newest = next(reversed(self._waited_for), None)
        for connection in list(self._waited_for):
            if connection is not newest and connection.is_waited_for():
                return self._drop(connection, connection.phase.value)
        return False

    def _drop_idle(self) -> bool:
        connection = next(iter(self._idle), None)
        return connection is not None and self._drop(connection, Phase.IDLE.value)

    def _drop_unsent(self) -> bool:
        connection = next(iter(self._unsent), None)
        return connection is not None and self._drop(connection, UNSENT)

    def _drop(self, connection: Connection, reason: str) -> bool:
        self.leave(connection)
        connection.drop()
        self.dropped(reason)
        return True


def _is_whole() -> bool:
    """No body is awaited."""
    return True


def _nothing_read() -> bytes:
    """Return nothing: no request has come."""
    return b""
