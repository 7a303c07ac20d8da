"""One websocket over one socket: whole messages in and out, and nothing that a peer could hold up.

Whoever calls `receive` or `listen` is the only reader; what leaves goes through the outbox. Under gevent threads are greenlets.
"""

import logging
import math
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import CLIENT, OPEN, SERVER, Protocol

from voicebot.sockets.ending import Ending, SocketClosed, cut_off
from voicebot.sockets.frames import FrameReader, written
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.outbox import Outbox
from voicebot.sockets.pace import Pace
from voicebot.sockets.reading import reader
from voicebot.sockets.tls import Tls

READ_AT_ONCE = 16 * 1024
READ_WITHOUT_REST = 256 * 1024
LONGEST_WAIT_S = 1.0
"""A wait of always the same length is the cheapest; what is due is looked at in between."""
LONGEST_REASON = 123
QUIET = logging.Logger("websockets", logging.CRITICAL)
"""The library logs frames, which hold what people say: its logger leads nowhere."""
TEXT, BINARY, CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONT


class WebSocket:
    """One side of an open websocket. `send`, `close` and `closed` are for any thread; only one thread receives or
    listens at a time.

    `begun` is data that came with the handshake. The first message is due in time only from a client: a server waits
    for us.
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
        # With a timeout the descriptor does not block, in either kind of socket: the outbox relies on that.
        client.settimeout(LONGEST_WAIT_S)
        self._client, self._protocol, self._limits = client, protocol, limits
        self._tls, self._clock = tls, clock
        self._lock, self._reading, self._gone = threading.Lock(), threading.Lock(), threading.Event()
        self._frames: Callable[[bytes], Sequence[bytes | Frame]] = self._feed
        if protocol.side is SERVER:
            self._frames = FrameReader(protocol, limits.most_message_bytes, self._feed).take
        self._masks = protocol.side is CLIENT
        self._out = Outbox(client, limits, self._lock, clock, self._is_broken)
        self._messages: deque[str | bytes] = deque()
        self._pieces = bytearray()
        self._is_binary = self._is_pinged = False
        self._end: SocketClosed | None = None
        self._ended = threading.Event()
        self._hear: Callable[[str | bytes], object] = _nothing
        self._mistake: Exception | None = None
        self._has_started = protocol.side is CLIENT
        self._opened = self._heard = clock()
        self._pace = Pace(limits, self._opened)
        self._wait_s, self._read_without_rest = LONGEST_WAIT_S, 0
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
            if self._end is not None or self._protocol.state is not OPEN:
                return
            if isinstance(message, str):
                self._put(written(TEXT, message.encode(), masked=self._masks))
            else:
                self._put(written(BINARY, message, masked=self._masks))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and return; the connection ends when the peer agrees, or soon after."""
        if self._says_goodbye(SocketClosed(code, reason, Ending.OURS)):
            threading.Thread(target=self._finish, name="socket-close", daemon=True).start()

    def finish(self) -> None:
        """Close it if it is open, and return once the connection is gone."""
        self._says_goodbye(SocketClosed(1000, "", Ending.OURS))
        self._finish()

    # --- the reader -------------------------------------------------------------------------------

    def receive(self, timeout_s: float | None = None) -> str | bytes | None:
        """Return the next whole message, None when nothing came within `timeout_s`. Raises SocketClosed."""
        if self._messages:
            return self._messages.popleft()
        if not self._reading.acquire(blocking=False):
            raise self._end or RuntimeError("a websocket has one reader")
        try:
            return self._receive(math.inf if timeout_s is None else timeout_s)
        finally:
            self._reading.release()

    def listen(self, hear: Callable[[str | bytes], None]) -> SocketClosed:
        """Pass each message to `hear` until the socket is over; return why.

        The process's one reader calls `hear`, so it must not wait; its exceptions are raised here.
        """
        if not self._reading.acquire(blocking=False):
            raise self._end or RuntimeError("a websocket has one reader")
        try:
            self._hear = hear
            self._take_begun()
            self._tell()
            descriptor = self._client.fileno()
            if self._end is None:
                reader.add(descriptor, self)
                self._ended.wait()
                reader.remove(descriptor)
            self._drain()
        finally:
            self._hear = _nothing
            self._reading.release()
        if self._mistake is not None:
            raise self._mistake
        assert self._end is not None
        return self._end

    def came(self) -> None:
        """Take what has come while somebody listens; for the reader of the process."""
        if self._end is not None:
            return
        try:
            data = self._opened_by_tls(os.read(self._client.fileno(), READ_AT_ONCE))
            if data is None:
                return
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(data)
            self._tell()
        else:
            self._is_over(cut_off(Ending.LOST))

    def look(self) -> None:
        """Do what is due while somebody listens; for the reader of the process."""
        if self._end is None and self._due() <= self._clock():
            self._act()

    def _tell(self) -> None:
        try:
            while self._messages:
                self._hear(self._messages.popleft())
        except Exception as mistake:
            self._mistake = mistake
            self._says_goodbye(SocketClosed(CloseCode.INTERNAL_ERROR, "", Ending.OURS))

    def _take_begun(self) -> None:
        if self._begun is not None:
            # Also where it is empty: frames may have come with the handshake.
            begun, self._begun = self._begun, None
            self._take(begun)

    def _receive(self, left_s: float) -> str | bytes | None:
        self._take_begun()
        now = self._clock()
        until = now + left_s
        while not self._messages:
            if self._end is not None:
                self._drain()
                raise self._end
            due_s = self._due() - now
            if due_s <= 0:
                self._act()
                now = self._clock()
                continue
            data = self._read(min(left_s, due_s, LONGEST_WAIT_S))
            if data:
                self._take(data)
            elif data is not None:
                self._is_over(cut_off(Ending.LOST))
            if not self._messages:
                now = self._clock()
                left_s = until - now
                if left_s <= 0 and self._end is None:
                    return None
        return self._messages.popleft()

    def _due(self) -> float:
        """When something has to be done if nothing comes."""
        if not self._has_started:
            return self._opened + self._limits.start_within_s
        return self._heard + (self._limits.idle_s if self._is_pinged else self._limits.ping_after_s)

    def _act(self) -> None:
        if not self._has_started:
            self._says_goodbye(SocketClosed(CloseCode.POLICY_VIOLATION, "nothing came", Ending.NO_START))
        elif self._is_pinged:
            self._is_over(cut_off(Ending.SILENT))
        else:
            self._is_pinged = True
            with self._lock:
                if self._protocol.state is OPEN:
                    self._protocol.send_ping(b"")
                    self._push()

    def _read(self, wait_s: float) -> bytes | None:
        """Return the data, b"" at the end of the connection, None when none came in time."""
        try:
            if wait_s != self._wait_s:
                self._wait_s = wait_s
                # 0 would not wait at all, and leave nobody else a turn.
                self._client.settimeout(max(wait_s, 0.001))
            data = self._opened_by_tls(self._client.recv(READ_AT_ONCE))
            if data is None:
                return None
        except TimeoutError:
            return None
        except OSError:
            return b""
        self._read_without_rest += len(data)
        if self._read_without_rest > READ_WITHOUT_REST:
            # Bytes that are always there already would leave nobody else a turn.
            self._read_without_rest = 0
            time.sleep(0)
        return data

    def _opened_by_tls(self, data: bytes) -> bytes | None:
        return data if self._tls is None or not data else self._tls.opened(data) or None

    def _take(self, data: bytes) -> None:
        """Turn bytes into messages. A frame that never becomes whole is silence."""
        frames = self._frames(data)
        if frames:
            now = self._clock()
            self._heard, self._is_pinged = now, False
            if not self._pace.allows(len(frames), now):
                self._says_goodbye(
                    SocketClosed(CloseCode.POLICY_VIOLATION, "too many frames", Ending.TOO_FAST)
                )
                return
            for frame in frames:
                if isinstance(frame, bytes):
                    self._deliver_text(frame)
                elif frame.opcode is TEXT and frame.fin:
                    self._deliver_text(frame.data)
                else:
                    self._take_piece(frame)
        if self._protocol.state is not OPEN and self._end is None:
            self._is_ended()

    def _feed(self, data: bytes) -> list[Frame]:
        with self._lock:
            protocol = self._protocol
            protocol.receive_data(data)
            frames: list[Frame] = protocol.events_received()  # type: ignore[assignment]
            if protocol.writes:
                self._push()
            return frames

    def _take_piece(self, frame: Frame) -> None:
        if frame.opcode in (TEXT, BINARY):
            self._is_binary = frame.opcode is BINARY
            if self._is_binary and not self._limits.takes_binary:
                self._says_goodbye(SocketClosed(CloseCode.UNSUPPORTED_DATA, "text only", Ending.BINARY))
                return
        elif frame.opcode is not CONTINUATION:
            return
        self._pieces += frame.data
        if frame.fin:
            data, self._pieces = bytes(self._pieces), bytearray()
            if not self._is_binary:
                self._deliver_text(data)
            elif self._end is None:
                self._has_started = True
                self._messages.append(data)

    def _deliver_text(self, data: bytes | bytearray | memoryview) -> None:
        if self._end is not None:
            return
        self._has_started = True
        try:
            self._messages.append(str(data, "utf-8"))
        except UnicodeDecodeError:
            self._says_goodbye(SocketClosed(CloseCode.INVALID_DATA, "not UTF-8", Ending.GARBAGE))

    # --- the end ----------------------------------------------------------------------------------

    def _is_over(self, end: SocketClosed) -> None:
        with self._lock:
            self._end = self._end or end
            self._ended.set()

    def _is_ended(self) -> None:
        """The protocol is closing, and not because we wished it."""
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        if received is not None:
            self._is_over(SocketClosed(received.code, received.reason, Ending.PEER))
            return
        large = isinstance(self._protocol.parser_exc, PayloadTooBig)
        ending = Ending.TOO_LARGE if large else Ending.GARBAGE
        self._is_over(SocketClosed(sent.code if sent else CloseCode.ABNORMAL_CLOSURE, "", ending))

    def _is_broken(self, ending: Ending) -> None:
        """Nothing reaches the peer any more; the lock is held. The present or next reader finds the end."""
        self._end = self._end or cut_off(ending)
        self._ended.set()
        self._out.end()
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def _says_goodbye(self, end: SocketClosed) -> bool:
        """Send a close frame; False when the socket is over already. Messages that came and were not received are dropped."""
        with self._lock:
            if self._end is not None:
                return False
            self._end = end
            self._ended.set()
            self._messages.clear()
            if self._protocol.state is OPEN:
                reason = end.reason.encode()[:LONGEST_REASON].decode("utf-8", "ignore")
                self._protocol.send_close(end.code, reason)
                self._push()
            return True

    def _finish(self) -> None:
        """Wait for the peer's goodbye, unless a reader does, who finds the end after LONGEST_WAIT_S at the latest."""
        with self._reading:
            self._drain()

    def _drain(self) -> None:
        """Read what still comes, so that our goodbye arrives: a connection closed over unread bytes is reset."""
        until, room = self._clock() + self._limits.close_within_s, self._limits.most_read_while_closing
        protocol = self._protocol
        while protocol.close_sent and not protocol.close_rcvd and not self._gone.is_set():
            left_s = until - self._clock()
            data = self._read(left_s) if left_s > 0 and room > 0 else b""
            if data == b"":
                break
            if data:
                room -= len(data)
                with self._lock:
                    protocol.receive_data(data)
                    protocol.events_received()
        self._cut()

    def _cut(self) -> None:
        """End the connection; whoever waits on it wakes."""
        with self._lock:
            if self._gone.is_set():
                return
            self._out.end()
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)
            self._client.close()
            self._frames = _nothing
            self._gone.set()

    def _push(self) -> None:
        """Send what the protocol has to say; the lock is held."""
        chunks = self._protocol.data_to_send()
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if data:
            self._put(data)

    def _put(self, data: bytes) -> None:
        if self._tls is not None:
            try:
                data = self._tls.sealed(data)
            except OSError:
                self._is_broken(Ending.LOST)
                return
        self._out.put(data)


def _nothing(_: str | bytes) -> tuple[()]:
    """Return nothing: nobody listens, or the socket is over. The listeners hold the socket, so they are released."""
    return ()
