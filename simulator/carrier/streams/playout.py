"""The playout buffer of one media stream: sound and marks in the order they came (handbook 3.2)."""

from collections import deque

FRAME_BYTES = 160
"""20 ms of mu-law at 8 kHz."""

SILENCE = b"\xff"
"""The mu-law byte of digital silence (handbook 3.1)."""


class Playout:
    """What the app has sent and the phone has not played yet; at most `most_s` seconds of it."""

    def __init__(self, most_s: float) -> None:
        self._most = int(most_s * 8000)
        self._queue: deque[bytearray | str] = deque()
        self._bytes = 0

    @property
    def left_s(self) -> float:
        """Seconds of sound that wait."""
        return self._bytes / 8000

    def add(self, audio: bytes) -> bool:
        """Queue sound; False when some of it found no room and is discarded."""
        room = max(0, self._most - self._bytes)
        taken = audio[:room]
        if taken:
            if self._queue and isinstance(self._queue[-1], bytearray):
                self._queue[-1] += taken
            else:
                self._queue.append(bytearray(taken))
            self._bytes += len(taken)
        return len(taken) == len(audio)

    def mark(self, name: str) -> list[str]:
        """Queue a mark; with nothing before it, it is reached at once and returned."""
        self._queue.append(name)
        return self._reached()

    def clear(self) -> list[str]:
        """Drop all sound; every mark that waited comes back at once, heard or not."""
        names = [each for each in self._queue if isinstance(each, str)]
        self._queue.clear()
        self._bytes = 0
        return names

    def play(self) -> tuple[bytes, list[str]]:
        """The next 20 ms, shorter where the buffer ends within them, and the marks reached by the end of them."""
        played, reached = bytearray(), []
        while self._queue and len(played) < FRAME_BYTES:
            first = self._queue[0]
            if isinstance(first, str):
                reached.append(first)
                self._queue.popleft()
                continue
            piece = first[: FRAME_BYTES - len(played)]
            played += piece
            del first[: len(piece)]
            if not first:
                self._queue.popleft()
        self._bytes -= len(played)
        return bytes(played), reached + self._reached()

    def waiting(self) -> bytes:
        """The sound that waits, up to the next mark."""
        return bytes(self._queue[0]) if self._queue and isinstance(self._queue[0], bytearray) else b""

    def _reached(self) -> list[str]:
        names = []
        while self._queue and isinstance(self._queue[0], str):
            names.append(str(self._queue.popleft()))
        return names
