"""The transcribers that a service may ask, in their order, and which of them had better be left alone for a while."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from voicebot.providers.hearing.dialect import Dialect, Message
from voicebot.providers.ports import Listening


class Wire(Protocol):
    """One connection; the shape is `voicebot.sockets`' WebSocket. `receive` raises SocketClosed or ProviderError."""

    def receive(self, timeout_s: float | None = None) -> Message | None:
        """Return the next message; None when none came in this time."""
        ...

    def send(self, message: Message) -> None:
        """Send a message; never block."""
        ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End it, from any thread, more than once."""
        ...


@dataclass(frozen=True)
class Door:
    """One way to have speech understood."""

    name: str
    ends_turns: bool
    enter: Callable[[Listening], tuple[Wire, Dialect]]
    """Connects; raises ProviderError."""
    understands: Callable[[Listening], bool] = lambda _: True
    """Whether it knows the languages of a call."""
    renew_after_s: float = inf
    """A connection so old is replaced between two utterances."""


class Doors:
    """One a process: what one call learns of a door, the next ones know."""

    def __init__(self, doors: Sequence[Door], clock: Callable[[], float] = time.monotonic) -> None:
        self._doors, self._clock = tuple(doors), clock
        self._lock = threading.Lock()
        self._rest_until: dict[str, float] = {}

    def next(self, listening: Listening, tried: Collection[str] = ()) -> Door | None:
        """Return the first door that was not tried, a rested one before others; None when all were."""
        left = [door for door in self._doors if door.name not in tried]
        left = [door for door in left if door.understands(listening)] or left
        now = self._clock()
        with self._lock:
            rested = [door for door in left if self._rest_until.get(door.name, 0.0) <= now]
        return next(iter(rested or left), None)

    def rest(self, door: Door, seconds: float) -> None:
        """Leave a door alone for so long where there is another one."""
        with self._lock:
            self._rest_until[door.name] = max(self._rest_until.get(door.name, 0.0), self._clock() + seconds)
