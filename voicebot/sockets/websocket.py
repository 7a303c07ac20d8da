"""One websocket over one socket: whole messages in and out, and nothing that a peer could hold up.

Whoever calls `receive` is the only reader. `send` writes at once what the kernel takes; what it does not take waits in a
bounded queue for the one writer, a thread that lives while something waits. Under gevent threads are greenlets.
"""

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, State

from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.tls import Tls

READ_AT_ONCE = 16 * 1024
QUIET = logging.Logger("websockets", logging.CRITICAL)
"""The library logs frames, which hold what people say: its logger leads nowhere."""


class Ending(StrEnum):
    """Why a websocket is over."""

    OURS = "ours"
    """We closed it."""
    PEER = "peer"
    """The peer closed it."""
    LOST = "lost"
    """The connection broke off."""
    GARBAGE = "garbage"
    """What came is no websocket."""
    TOO_LARGE = "too_large"
    TOO_FAST = "too_fast"
    BINARY = "binary"
    NO_START = "no_start"
    """The peer never said anything."""
    SILENT = "silent"
    """The peer said nothing any more and answered no ping."""
    NOT_READ = "not_read"
    """The peer did not take what we sent."""


class SocketClosed(Exception):
    """The websocket is over: `code` and `reason` are those of the close frame, 1006 where there was none."""

    def __init__(self, code: int, reason: str, ending: Ending = Ending.LOST) -> None:
        super().__init__(f"websocket closed: {code} {ending.value}")
        self.code, self.reason, self.ending = code, reason, ending


class WebSocket:
    """Either side of an open websocket. `send`, `close` and `closed` are for any thread, `receive` for one at a time.

    The first bytes that came with the handshake are handed over as `begun`.
    """

    def __init__(
        self,
        client: socket.socket,
        protocol: Protocol,
        limits: SocketLimits,
        *,
        begun: bytes = b"",
        tls: Tls | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # With a timeout the descriptor does not block, in either kind of socket; `send` writes to it directly.
        client.settimeout(limits.idle_s)
        self._client, self._fd, self._tls = client, client.fileno(), tls
        self._protocol, self._limits, self._clock = protocol, limits, clock
        self._lock = threading.Lock()
        self._messages: deque[str | bytes] = deque()
        self._pieces: list[Frame] = []
        self._backlog: deque[memoryview | bytes] = deque()
        self._unsent = 0
        self._is_read = self._is_written = self._is_pinged = self._has_started = False
        self._end: SocketClosed | None = None
        self._gone = threading.Event()
        self._opened = self._heard = self._counted = clock()
        self._credit = limits.most_per_s * limits.burst_s
        self._begun: bytes | None = begun

    # --- any thread -------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether it is over, or about to be."""
        return self._end is not None

    @property
    def ending(self) -> SocketClosed | None:
        """Why it is over; None while it is open."""
        return self._end

    def send(self, message: str | bytes) -> None:
        """Send a message, text or binary, or queue it. Never blocks; on a closed socket nothing happens."""
        with self._lock:
            if self._end is not None or self._protocol.state is not State.OPEN:
                return
            if isinstance(message, str):
                self._protocol.send_text(message.encode())
            else:
                self._protocol.send_binary(message)
            self._push()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and return; the connection ends when the peer agrees, or soon after."""
        if self._says_goodbye(SocketClosed(code, reason, Ending.OURS)):
            threading.Thread(target=self._finish, name="socket-close", daemon=True).start()

    def finish(self) -> None:
        """Close it if it is open, and return once the connection is gone."""
        self._says_goodbye(SocketClosed(1000, "", Ending.OURS))
        self._finish()
        self._gone.wait()

    # --- the reader -------------------------------------------------------------------------------

    def receive(self, timeout_s: float | None = None) -> str | bytes | None:
        """Return the next whole message, None when nothing came within `timeout_s`. Raises SocketClosed."""
        if self._messages:
            return self._messages.popleft()
        if not self._begins_reading():
            raise self._end or RuntimeError("a websocket has one reader")
        try:
            return self._receive(None if timeout_s is None else self._clock() + timeout_s)
        finally:
            self._is_read = False

    def _begins_reading(self) -> bool:
        with self._lock:
            if self._is_read:
                return False
            self._is_read = True
            return True

    def _receive(self, until: float | None) -> str | bytes | None:
        if self._begun is not None:
            # Also where it is empty: frames may have come with the handshake.
            begun, self._begun = self._begun, None
            self._take(begun)
        while not self._messages:
            if self._end is not None:
                self._drain()
                raise self._end
            now = self._clock()
            due = self._due()
            if now >= due:
                self._act()
                continue
            if until is not None and now >= until:
                return None
            data = self._read((due if until is None else min(due, until)) - now)
            if data:
                self._take(data)
            elif data is not None:
                self._is_lost()
        return self._messages.popleft()

    def _due(self) -> float:
        """When something has to be done if nothing comes."""
        if not self._has_started:
            return self._opened + self._limits.start_within_s
        return self._heard + (self._limits.idle_s if self._is_pinged else self._limits.ping_after_s)

    def _act(self) -> None:
        if not self._has_started:
            self._fails(Ending.NO_START, CloseCode.POLICY_VIOLATION, "nothing came")
        elif self._is_pinged:
            with self._lock:
                self._end = self._end or SocketClosed(CloseCode.ABNORMAL_CLOSURE, "", Ending.SILENT)
            self._cut()
        else:
            self._is_pinged = True
            with self._lock:
                if self._end is None:
                    self._protocol.send_ping(b"")
                    self._push()

    def _read(self, wait_s: float) -> bytes | None:
        """Return what came, b"" at the end of the connection, None when nothing came in time."""
        try:
            self._client.settimeout(max(wait_s, 0.001))
            data = self._client.recv(READ_AT_ONCE)
            if data and self._tls is not None:
                return self._tls.opened(data) or None
        except TimeoutError:
            return None
        except OSError:
            return b""
        return data

    def _take(self, data: bytes) -> None:
        """Turn bytes into messages."""
        now = self._clock()
        self._heard, self._is_pinged = now, False
        with self._lock:
            self._protocol.receive_data(data)
            frames = self._protocol.events_received()
            if self._protocol.writes:
                self._push()
        if frames:
            limits = self._limits
            credit = self._credit + (now - self._counted) * limits.most_per_s
            self._credit = min(credit, limits.most_per_s * limits.burst_s) - len(frames)
            self._counted = now
            if self._credit < 0:
                self._fails(Ending.TOO_FAST, CloseCode.POLICY_VIOLATION, "too many frames")
                return
            for frame in frames:
                self._take_frame(frame)  # type: ignore[arg-type]
        if self._protocol.state is not State.OPEN and self._end is None:
            self._is_ended()

    def _take_frame(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode is Opcode.TEXT and frame.fin:
            self._deliver(Opcode.TEXT, frame.data)
        elif opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if opcode is Opcode.BINARY and not self._limits.takes_binary:
                self._fails(Ending.BINARY, CloseCode.UNSUPPORTED_DATA, "text only")
                return
            self._pieces.append(frame)
            if frame.fin:
                pieces, self._pieces = self._pieces, []
                self._deliver(pieces[0].opcode, b"".join(piece.data for piece in pieces))

    def _deliver(self, opcode: Opcode, data: bytes | bytearray | memoryview) -> None:
        if self._end is not None:
            return
        self._has_started = True
        if opcode is Opcode.BINARY:
            self._messages.append(bytes(data))
            return
        try:
            self._messages.append(str(data, "utf-8"))
        except UnicodeDecodeError:
            self._fails(Ending.GARBAGE, CloseCode.INVALID_DATA, "not UTF-8")

    # --- the end ----------------------------------------------------------------------------------

    def _is_ended(self) -> None:
        """The protocol is closing, and not because we wished it."""
        protocol, sent = self._protocol, self._protocol.close_sent
        with self._lock:
            if protocol.close_rcvd is not None:
                self._end = SocketClosed(protocol.close_rcvd.code, protocol.close_rcvd.reason, Ending.PEER)
            else:
                large = isinstance(protocol.parser_exc, PayloadTooBig)
                ending = Ending.TOO_LARGE if large else Ending.GARBAGE
                self._end = SocketClosed(sent.code if sent else CloseCode.ABNORMAL_CLOSURE, "", ending)

    def _is_lost(self) -> None:
        with self._lock:
            self._end = self._end or SocketClosed(CloseCode.ABNORMAL_CLOSURE, "", Ending.LOST)
        self._cut()

    def _fails(self, ending: Ending, code: CloseCode, reason: str) -> None:
        self._says_goodbye(SocketClosed(code, reason, ending))

    def _says_goodbye(self, end: SocketClosed) -> bool:
        """Send a close frame; False when it is over already. What has come and was not received is dropped."""
        with self._lock:
            if self._end is not None:
                return False
            self._end = end
            self._messages.clear()
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(end.code, end.reason)
                self._push()
            return True

    def _finish(self) -> None:
        """Wait for the peer's goodbye when nobody else does."""
        if self._begins_reading():
            try:
                self._drain()
            finally:
                self._is_read = False
        elif not self._gone.wait(self._limits.close_within_s):
            self._cut()

    def _drain(self) -> None:
        """Read what still comes, so that our goodbye arrives: a connection closed over unread bytes is reset."""
        until, room = self._clock() + self._limits.close_within_s, self._limits.most_read_while_closing
        while self._protocol.close_rcvd is None and not self._gone.is_set():
            left = until - self._clock()
            data = self._read(left) if left > 0 and room > 0 else b""
            if data == b"":
                break
            if data:
                room -= len(data)
                with self._lock:
                    self._protocol.receive_data(data)
                    self._protocol.events_received()
        self._cut()

    def _cut(self) -> None:
        """End the connection; whoever waits on it wakes."""
        with self._lock:
            if self._gone.is_set():
                return
            self._fd = -1
            self._backlog.clear()
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)
            self._client.close()
            self._gone.set()

    # --- the writer -------------------------------------------------------------------------------

    def _push(self) -> None:
        """Write what the protocol has to say, with the lock held: at once as far as the kernel takes it."""
        chunks = self._protocol.data_to_send()
        data: bytes | memoryview = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if self._fd < 0 or not data:
            return
        if self._tls is not None:
            data = self._tls.sealed(bytes(data))
        if not self._backlog:
            try:
                sent = os.write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._unwritable(Ending.LOST)
                return
            if sent == len(data):
                return
            data = memoryview(data)[sent:]
        self._backlog.append(data)
        self._unsent += len(data)
        if self._unsent > self._limits.most_unsent_bytes:
            self._unwritable(Ending.NOT_READ)
        elif not self._is_written:
            self._is_written = True
            threading.Thread(target=self._write, name="socket-write", daemon=True).start()

    def _unwritable(self, ending: Ending) -> None:
        """Nothing reaches the peer any more, with the lock held: the reader, or the next one, finds the end."""
        self._end = self._end or SocketClosed(CloseCode.ABNORMAL_CLOSURE, "", ending)
        self._backlog.clear()
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def _write(self) -> None:
        """Send what waits, each piece within its time."""
        with self._lock:
            if self._fd < 0:
                return
            # A descriptor of its own has a timeout of its own; the reader's changes all the time.
            out = self._client.dup()
        try:
            while self._write_first(out):
                pass
        except OSError as error:
            with self._lock:
                self._unwritable(Ending.NOT_READ if isinstance(error, TimeoutError) else Ending.LOST)
        finally:
            out.close()

    def _write_first(self, out: socket.socket) -> bool:
        with self._lock:
            if not self._backlog:
                self._is_written = False
                return False
            data = self._backlog[0]
        until = self._clock() + self._limits.send_within_s
        rest = memoryview(data)
        while rest:
            out.settimeout(max(until - self._clock(), 0.001))
            rest = rest[out.send(rest) :]
        with self._lock:
            if self._backlog:
                self._backlog.popleft()
                self._unsent -= len(data)
        return True
