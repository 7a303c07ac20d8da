"""How much an account has spoken for it at the same time (handbook of providers, 1.5)."""

import threading
from collections.abc import Iterator

from flask import Flask

PLAN_LIMIT = 10
"""Flash on the plan that `/v1/user/subscription` tells of."""
QUEUED_S = 0.05
"""What waiting for a place costs by the provider's own words."""


class Running:
    """The answers on their way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 0

    def counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Pass an answer on, and count it until it ends."""
        with self._lock:
            self.now += 1
        try:
            yield from pieces
        finally:
            with self._lock:
                self.now -= 1


def running_of(app: Flask) -> Running:
    """Return the one count of a simulator, made when first asked for."""
    running = app.extensions.get("voices_running")
    if not isinstance(running, Running):
        running = app.extensions["voices_running"] = Running()
    return running
