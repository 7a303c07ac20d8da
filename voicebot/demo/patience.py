"""Read from the database again until a connection comes: on a busy machine one may be late."""

import time
from collections.abc import Callable
from typing import TypeVar

from voicebot.storage.database import DatabaseAway

Found = TypeVar("Found")
WITHIN_S, PAUSE_S = 20.0, 0.3


def patiently(read: Callable[[], Found], within_s: float = WITHIN_S) -> Found:
    """Return what `read` returns. Raises DatabaseAway when the database stays away."""
    until = time.monotonic() + within_s
    while True:
        try:
            return read()
        except DatabaseAway:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_S)
