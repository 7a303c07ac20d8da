"""The committed parts of a turn: one thread adds parts, the requests that serve the turn wait for more."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.storage.calls.turns import Part


class CommittedParts:
    """The parts of a turn that may be heard, and how it closes. Safe to share between threads."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.closed = False
        """Nothing more comes: the turn is finished, or no longer ours."""
        self._parts = list(parts)
        self._closing: Mapping[str, Any] | None = None
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._parts)

    def add(self, parts: Sequence[Part], closing: Mapping[str, Any] | None) -> None:
        """Show what was committed just now; with `closing` it was the last of it."""
        with self._changed:
            self._parts += parts
            self._closing = closing
            self.closed = closing is not None
            self._changed.notify_all()

    def close(self) -> None:
        """Tell everybody that nothing more comes."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def seen(self) -> tuple[list[Part], Mapping[str, Any] | None]:
        """Return the parts and how the turn closes, as of one moment."""
        with self._changed:
            return list(self._parts), self._closing

    def wait(self, timeout_s: float) -> None:
        """Wait for the next commit."""
        with self._changed:
            if not self.closed:
                self._changed.wait(timeout_s)

    def wait_until_closed(self, timeout_s: float) -> None:
        """Wait for the end."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed, timeout_s)
