"""The sounds of one call, in order: the record that phones show and tests compare."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class HeardItem:
    """One sound that was heard or, for `caller` and `key`, one act. `text` of a `play` is what the ear recognised."""

    n: int
    kind: str
    text: str | None
    at_s: float
    duration_s: float = 0.0
    cut: bool = False
    url: str | None = None
    audio: bytes | None = None
    content_type: str = ""
    voice: str = ""

    def shown(self) -> dict[str, Any]:
        """The item as JSON, without its audio."""
        item = {
            "n": self.n,
            "kind": self.kind,
            "text": self.text,
            "at_s": round(self.at_s, 3),
            "duration_s": round(self.duration_s, 3),
            "cut": self.cut,
        }
        return item | ({"url": self.url} if self.url else {})


class Hearing:
    """The items of one call, numbered from 1."""

    def __init__(self, clock: Callable[[], float], changed: Callable[[HeardItem], None]) -> None:
        self._clock, self._changed = clock, changed
        self._lock = threading.Lock()
        self._items: list[HeardItem] = []

    def add(self, kind: str, text: str | None, *, at_s: float | None = None, **more: Any) -> HeardItem:
        """Something begins to be heard now, or began at `at_s`."""
        with self._lock:
            began_s = self._clock() if at_s is None else at_s
            item = HeardItem(len(self._items) + 1, kind, text, began_s, **more)
            self._items.append(item)
        self._changed(item)
        return item

    def ended(self, item: HeardItem, *, cut: bool, at_s: float | None = None) -> None:
        """It is over, or was cut off, now or at `at_s`; its length is what was heard of it."""
        with self._lock:
            item.duration_s = max(0.0, (self._clock() if at_s is None else at_s) - item.at_s)
            item.cut = cut
        self._changed(item)

    def worded(self, item: HeardItem, text: str) -> None:
        """It is known now, or better than before, what is being said."""
        with self._lock:
            item.text = text
        self._changed(item)

    def forget_audio(self) -> None:
        """Keep the words and let the bytes go."""
        with self._lock:
            for item in self._items:
                item.audio = None

    def items(self) -> list[HeardItem]:
        """Everything so far."""
        with self._lock:
            return list(self._items)

    def item(self, n: int) -> HeardItem | None:
        """The item with this number."""
        with self._lock:
            return self._items[n - 1] if 0 < n <= len(self._items) else None
