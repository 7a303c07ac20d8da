"""The last of a caller's sound, and when each frame of it came: speech is noticed only once it has begun."""

from array import array

from voicebot.domain.call.turn_taking.signals import FRAME_MS

_FRAMES, _CLOCKS = 128, 256


class RecentSound:
    """Frames of 20 ms: 2.5 s of sound, 5 s of times. Times of the sound count from its first frame."""

    def __init__(self) -> None:
        self.heard_ms = 0
        """How much there was."""
        self._frames: list[bytes] = [b""] * _FRAMES
        self._clocks = array("d", [0.0] * _CLOCKS)

    def add(self, frame: bytes, now_ms: float) -> None:
        """Take the next frame."""
        self.heard_ms += FRAME_MS
        place = self.heard_ms // FRAME_MS
        self._frames[place % _FRAMES] = frame
        self._clocks[place % _CLOCKS] = now_ms

    def since(self, at_ms: int) -> list[bytes]:
        """Return the frames from there on, as far as they are kept."""
        first = max(at_ms, self.heard_ms - (_FRAMES - 1) * FRAME_MS, 0) // FRAME_MS
        return [self._frames[place % _FRAMES] for place in range(first + 1, self.heard_ms // FRAME_MS + 1)]

    def clock_of(self, at_ms: int, now_ms: float) -> float:
        """Return when the frame came that ends there."""
        behind = (self.heard_ms - at_ms) // FRAME_MS
        if not 0 <= behind < _CLOCKS or at_ms <= 0:
            return now_ms - max(0, self.heard_ms - at_ms)
        return self._clocks[at_ms // FRAME_MS % _CLOCKS]
