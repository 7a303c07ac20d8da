"""Listening in on a call while it lasts: each listener gets the sound that the phone plays."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

MOST_WAITING = 3000
"""The most pieces that a listener may be behind; a slower one loses the newest."""

KEPT_S = 1.0
"""A new listener also hears this much of the past, because a phone that is picked up takes a moment to reach the ear."""

SOUND, CLEAR = b"\x01", b"\x02"


class Tap:
    """The sound of one call for any number of listeners."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._newest: deque[tuple[float, bytes]] = deque()
        self._lock = threading.Lock()
        self._listeners: list[queue.Queue[bytes | None]] = []
        self._over = False

    def sound(self, audio: bytes) -> None:
        """Mu-law at 8 kHz, to be played after what was handed over before."""
        self._give(SOUND + len(audio).to_bytes(4, "big") + audio)

    def clear(self) -> None:
        """Drop the sound that has not been played."""
        self._give(CLEAR + bytes(4))

    def end(self) -> None:
        """The call is over: every listener's row ends."""
        with self._lock:
            self._over = True
            for listener in self._listeners:
                listener.put_nowait(None)

    def listen(self) -> Iterator[bytes]:
        """Yield pieces as they come: one byte (1 sound, 2 clear), four of length, and the sound. Ends with the call."""
        pieces: queue.Queue[bytes | None] = queue.Queue()
        with self._lock:
            if self._over:
                return
            self._listeners.append(pieces)
            self._forget()
            for _, recent in self._newest:
                pieces.put_nowait(recent)
        # Something at once, so that the listener knows that it listens.
        yield CLEAR + bytes(4)
        try:
            while (piece := pieces.get()) is not None:
                yield piece
        finally:
            with self._lock:
                self._listeners.remove(pieces)

    def _give(self, piece: bytes) -> None:
        with self._lock:
            self._newest.append((self._monotonic(), piece))
            self._forget()
            for listener in self._listeners:
                if listener.qsize() < MOST_WAITING:
                    listener.put_nowait(piece)

    def _forget(self) -> None:
        since = self._monotonic() - KEPT_S
        while self._newest and self._newest[0][0] < since:
            self._newest.popleft()
