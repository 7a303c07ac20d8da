"""Everything that happens, in one numbered row that pages and tests can wait on."""

import threading
import time
from collections import deque
from typing import Any

KEPT = 20_000


class Feed:
    """Numbered events; `since` waits for what comes after a number."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._events: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._last = 0

    def publish(self, kind: str, call_sid: str | None, data: dict[str, Any]) -> None:
        """Append one event and wake whoever waits."""
        with self._changed:
            self._last += 1
            self._events.append(
                {"n": self._last, "at": time.time(), "kind": kind, "call_sid": call_sid, "data": data}
            )
            self._changed.notify_all()

    def since(self, number: int, timeout_s: float) -> tuple[list[dict[str, Any]], int]:
        """The events numbered above `number`, waiting for the first of them; also the last number."""
        with self._changed:
            self._changed.wait_for(lambda: self._last > number, timeout=timeout_s)
            return [event for event in self._events if event["n"] > number], self._last

    def wait(self, condition: Any, timeout_s: float) -> bool:
        """Wait until `condition()` holds; it is asked again after every event. False when time ran out."""
        with self._changed:
            return bool(self._changed.wait_for(condition, timeout=timeout_s))
