"""The stereo tape of one stream: the caller left as they were said, we right as it was played.

The caller's sound is the tape's clock: the carrier sends it without a pause, so a sample's place is a count. The earliest that a
frame has come tells how that clock and ours agree; late frames are the network's doing. Our sound comes once it is known when
it was played, up to some seconds later, so the tape is handed over `BEHIND_MS` behind the caller.

An operator who has the call talks beside the caller's sound as it comes. Safe between threads. Times are milliseconds of the line's clock; sound is mu-law, 8 kHz.
"""

import threading

from voicebot.storage.tapes.port import TapeSink
from voicebot.transports.audio import PHONE_BYTES_A_MS

SILENCE = b"\xff"
BEHIND_MS = 5000
"""A mark comes each second, and is given up two seconds after it was due."""
PIECE_MS = 1000
WINDOW_MS = 10_000
"""How long the earliest frame holds: clocks of two machines drift apart."""
MOST_JITTER_MS = 300
"""An operator's sound that comes earlier or later than that begins anew."""
MOST_GAP_MS = 60_000
"""The longest pause that is made up for where the carrier skips sound."""


class Tape:
    """Two channels on their way to be kept."""

    def __init__(self, sink: TapeSink) -> None:
        self._sink = sink
        self._left, self._right = bytearray(), bytearray()
        self._kept = 0
        """Samples of each channel that were handed over."""
        self._begins_ms = 0.0
        """When the first sample of the caller was said; before it the tape is silent."""
        self._first_at_ms: int | None = None
        self._heard_ms = 0.0
        self._lag_ms = self._next_lag_ms = float("inf")
        self._window_ends_ms = 0.0
        self._closed = False
        self._talked = 0
        """Where an operator's sound goes on."""
        self._lock = threading.RLock()

    def caller(self, frame: bytes, at_ms: int, now_ms: float) -> None:
        """Take sound of the caller; `at_ms`: where the carrier says that it begins in its stream."""
        with self._lock:
            if not self._closed:
                self._caller(frame, at_ms, now_ms)

    def _caller(self, frame: bytes, at_ms: int, now_ms: float) -> None:
        lasts_ms = len(frame) / PHONE_BYTES_A_MS
        if self._first_at_ms is None:
            self._first_at_ms = at_ms
            self._begins_ms = max(0.0, now_ms - lasts_ms)
            self._left += SILENCE * int(self._begins_ms * PHONE_BYTES_A_MS)
        gap_ms = min(at_ms - self._first_at_ms - self._heard_ms, MOST_GAP_MS)
        if gap_ms > 0:
            self._left += SILENCE * int(gap_ms * PHONE_BYTES_A_MS)
            self._heard_ms += gap_ms
        self._left += frame
        self._heard_ms += lasts_ms
        self._agree(now_ms)
        if len(self._left) >= (BEHIND_MS + PIECE_MS) * PHONE_BYTES_A_MS:
            self._hand_over(PIECE_MS * PHONE_BYTES_A_MS)

    def _agree(self, now_ms: float) -> None:
        lag_ms = now_ms - self._heard_ms
        self._next_lag_ms = min(self._next_lag_ms, lag_ms)
        self._lag_ms = min(self._lag_ms, lag_ms)
        if self._heard_ms >= self._window_ends_ms:
            self._window_ends_ms = self._heard_ms + WINDOW_MS
            self._lag_ms, self._next_lag_ms = self._next_lag_ms, float("inf")

    def place_of(self, at_ms: float) -> int:
        """Return which sample was heard at a time."""
        lag_ms = self._begins_ms if self._first_at_ms is None else self._lag_ms
        return max(0, round((at_ms - lag_ms + self._begins_ms) * PHONE_BYTES_A_MS))

    def bot(self, sound: bytes, place: int) -> int:
        """Take sound of ours that was played from this sample on, and return its end. A part that was handed over
        already stays silent.
        """
        with self._lock:
            return self._lay(sound, place)

    def operator(self, sound: bytes) -> None:
        """Take sound of an operator, who talks with the caller right now."""
        with self._lock:
            now = self._kept + len(self._left)
            place = self._talked if abs(self._talked - now) <= MOST_JITTER_MS * PHONE_BYTES_A_MS else now
            self._talked = self._lay(sound, place)

    def _lay(self, sound: bytes, place: int) -> int:
        begins = place - self._kept
        if self._closed or begins > MOST_GAP_MS * PHONE_BYTES_A_MS:
            return place + len(sound)
        if begins < 0:
            sound, begins = sound[-begins:], 0
        if len(self._right) < begins:
            self._right += SILENCE * (begins - len(self._right))
        self._right[begins : begins + len(sound)] = sound
        return self._kept + begins + len(sound)

    def close(self) -> None:
        """The stream is over."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._hand_over(max(len(self._left), len(self._right)))
                self._sink.close()

    def _hand_over(self, samples: int) -> None:
        left, right = bytes(self._left[:samples]), bytes(self._right[:samples])
        del self._left[:samples], self._right[:samples]
        self._kept += samples
        self._sink.write(left, right)
