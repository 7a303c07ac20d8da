"""The ear: how long the bot kept a person waiting in silence, always measured on the wall clock.

Silence is owed from the end of the person's turn (when its request is sent), and between the end of one sound and the
begin of the next. It ends with the next Say, Play, ring, beep or hang-up.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

NOTICEABLE_S = 0.02
"""Shorter gaps between two sounds are nobody's silence and are not listed."""


@dataclass(frozen=True)
class OwedSilence:
    """One gap: what it followed, what ended it, how long it lasted."""

    since: str
    until: str
    silence_s: float
    at_s: float


class Ear:
    """Listens to one call."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began = monotonic()
        self._lock = threading.Lock()
        self._owed: list[OwedSilence] = []
        self._open: tuple[str, float] | None = None
        self._written_s = 0.0

    def owes(self, since: str) -> None:
        """From now on silence is the bot's debt; a debt that runs already keeps its beginning."""
        with self._lock:
            if self._open is None:
                self._open, self._written_s = (since, self._monotonic()), 0.0

    def pauses(self, seconds: float) -> None:
        """A Pause that took no wall-clock time is silence nevertheless."""
        with self._lock:
            self._written_s += max(0.0, seconds)

    def hears(self, until: str) -> None:
        """The debt, if any, ends here."""
        with self._lock:
            if self._open is None:
                return
            gap, self._open = self._gap(until), None
            if gap.silence_s >= NOTICEABLE_S:
                self._owed.append(gap)

    def report(self) -> dict[str, Any]:
        """`{"longest_silence_s", "owed": [...]}`; a debt that is still running counts up to now."""
        with self._lock:
            gaps = [*self._owed, *([self._gap("")] if self._open else [])]
        longest = max((gap.silence_s for gap in gaps), default=0.0)
        return {"longest_silence_s": round(longest, 3), "owed": [asdict(gap) for gap in gaps]}

    def _gap(self, until: str) -> OwedSilence:
        assert self._open is not None
        since, began = self._open
        silence_s = self._monotonic() - began + self._written_s
        return OwedSilence(since, until, round(silence_s, 3), round(began - self._began, 3))
