"""What leaves one socket: at once what the kernel takes; the rest in order, bounded, and each piece within its time.

The one writer is a thread that lives while something waits, so a socket whose peer reads has none.
"""

import os
import socket
import threading
from collections import deque
from collections.abc import Callable

from voicebot.sockets.ending import Ending
from voicebot.sockets.limits import SocketLimits


class Outbox:
    """The sending half of a socket that does not block. `broken` is called, with `lock` held, when nothing can leave
    any more.
    """

    def __init__(
        self,
        client: socket.socket,
        limits: SocketLimits,
        lock: threading.Lock,
        clock: Callable[[], float],
        broken: Callable[[Ending], None],
    ) -> None:
        self._client, self._fd, self._limits, self._lock = client, client.fileno(), limits, lock
        self._clock, self._broken = clock, broken
        self._waiting: deque[bytes | memoryview] = deque()
        self._unsent = 0
        self._is_written = False

    def put(self, data: bytes) -> None:
        """Send or queue. The caller holds the lock, which keeps the order."""
        if self._fd < 0:
            return
        rest: bytes | memoryview = data
        if not self._waiting:
            try:
                sent = os.write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._broken(Ending.LOST)
                return
            if sent == len(data):
                return
            rest = memoryview(data)[sent:]
        self._waiting.append(rest)
        self._unsent += len(rest)
        if self._unsent > self._limits.most_unsent_bytes:
            self._broken(Ending.NOT_READ)
        elif not self._is_written:
            self._is_written = True
            threading.Thread(target=self._write, name="socket-write", daemon=True).start()

    def end(self) -> None:
        """Drop what waits; nothing is sent any more. The caller holds the lock."""
        # The descriptor's number may soon be another connection's, and the callback holds this outbox.
        self._fd, self._broken = -1, _is_over
        self._waiting.clear()

    def _write(self) -> None:
        with self._lock:
            if self._fd < 0:
                return
            # A duplicate descriptor has its own timeout; the reader changes its own all the time.
            out = self._client.dup()
        try:
            while data := self._first():
                self._send(out, data)
        except OSError as error:
            with self._lock:
                self._broken(Ending.NOT_READ if isinstance(error, TimeoutError) else Ending.LOST)
        finally:
            out.close()

    def _first(self) -> bytes | memoryview | None:
        with self._lock:
            if self._waiting:
                return self._waiting[0]
            self._is_written = False
            return None

    def _send(self, out: socket.socket, data: bytes | memoryview) -> None:
        until, rest = self._clock() + self._limits.send_within_s, memoryview(data)
        while rest:
            out.settimeout(max(until - self._clock(), 0.001))
            rest = rest[out.send(rest) :]
        with self._lock:
            if self._waiting:
                self._waiting.popleft()
                self._unsent -= len(data)


def _is_over(ending: Ending) -> None:
    """Nothing leaves any more, which is known."""
