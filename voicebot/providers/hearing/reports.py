"""The reports of a call's ear: in order, one at a time and outside every lock, whichever thread they come from."""

import threading
from collections import deque
from collections.abc import Callable

from voicebot.providers.ports import TranscriberEvent


class Reports:
    """Events on their way."""

    def __init__(self, report: Callable[[TranscriberEvent], None]) -> None:
        self._report = report
        self._waiting: deque[TranscriberEvent] = deque()
        self._delivering = threading.Lock()
        self._stopped = False

    def add(self, event: TranscriberEvent) -> None:
        """Take an event; `deliver` reports it."""
        self._waiting.append(event)

    def deliver(self) -> None:
        """Report what waits, unless another thread does so just now."""
        while self._waiting and self._delivering.acquire(blocking=False):
            try:
                while self._waiting:
                    event = self._waiting.popleft()
                    if not self._stopped:
                        self._report(event)
            finally:
                self._delivering.release()

    def stop(self) -> None:
        """Report nothing any more."""
        self._stopped = True
