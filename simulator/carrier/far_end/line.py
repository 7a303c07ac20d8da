"""One telephone line: the acts of the person at the far end, and the call's waiting for them."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """The person spoke. `confidence` None leaves the field out of the request (optional, handbook 1.7)."""

    text: str
    confidence: float | None
    barge_in: bool = False


@dataclass(frozen=True)
class Pressed:
    """The person pressed keys, one after the other."""

    digits: str


@dataclass(frozen=True)
class StayedSilent:
    """The person says nothing for as long as this Gather or Record waits."""


@dataclass(frozen=True)
class Sounds:
    """Something that is not speech is heard at the person's end, as `music` (on hold) or `cough`."""

    kind: str
    for_s: float


Act = Said | Pressed | StayedSilent | Sounds
Takes = Callable[[Act], bool]


class LineSignal(Exception):
    """Something took the call out of whatever it was doing."""


class CallerHungUp(LineSignal):
    """The person put the phone down; `after` is requested once the call is over (Record and Dial, handbook 1.7)."""

    def __init__(self, after: Any = None) -> None:
        super().__init__("hung up")
        self.after = after


class TimeLimitReached(LineSignal):
    """The call lasted as long as it may (TimeLimit, handbook 1.8)."""


class EndedByApi(LineSignal):
    """`POST /Calls/{sid}` with Status=completed or canceled (handbook 1.9)."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Moved(LineSignal):
    """`POST /Calls/{sid}` with Url or Twiml replaces the running document at once (handbook 1.9)."""

    def __init__(self, target: Any) -> None:
        super().__init__("moved")
        self.target = target


class LineClosed(Exception):
    """The call is over; nobody hears what the person does now."""


class Line:
    """Acts of the person in the order they came, and signals that interrupt every wait."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._condition = threading.Condition()
        self._acts: list[Act] = []
        self._signal: LineSignal | None = None
        self._expects: Takes | None = None
        self._announce = changed
        self._speaking_until = 0.0
        self.over = False
        self.acted = 0

    def act(self, act: Act) -> None:
        """The person does something; it is taken by the next verb that listens for it. Raises LineClosed."""
        with self._condition:
            if self.over:
                raise LineClosed
            self._acts.append(act)
            self._speaking_until = 0.0
            self.acted += 1
            self._condition.notify_all()

    def begin_speaking(self, for_s: float) -> None:
        """The person has begun to speak (or to type it) and needs up to `for_s` on the wall clock. Raises LineClosed."""
        with self._condition:
            if self.over:
                raise LineClosed
            self._speaking_until = time.monotonic() + for_s

    def speaking_left_s(self) -> float:
        """How much longer the person may go on speaking; 0 when nobody speaks."""
        return max(0.0, self._speaking_until - time.monotonic())

    def interrupt(self, signal: LineSignal) -> None:
        """Break whatever the call is waiting for. Raises LineClosed; a hang-up is never replaced."""
        with self._condition:
            if self.over:
                raise LineClosed
            if not isinstance(self._signal, CallerHungUp):
                self._signal = signal
            self._condition.notify_all()

    def close(self) -> None:
        """Nobody is on the line any more."""
        with self._condition:
            self.over = True
            self._expects = None
            self._condition.notify_all()

    def expects(self, probe: Act) -> bool:
        """Whether the call waits right now for such an act and none that it would take is there yet."""
        with self._condition:
            takes = self._expects
            if self._signal is not None or takes is None:
                return False
            return takes(probe) and not any(takes(act) for act in self._acts)

    def expect(self, takes: Takes | None) -> None:
        """On a stream: the call waits for these acts from now on, or for none; phones learn of each change."""
        with self._condition:
            changed = self._expects is not takes
            self._expects = takes
        if changed:
            self._announce()

    def take(self, takes: Takes) -> Act | None:
        """Take the first act that fits, without waiting."""
        return self._take(takes)

    def check(self) -> None:
        """Raise the signal that is pending, if one is."""
        with self._condition:
            self._raise_pending()

    def wait(self, wall_s: float, stop: Callable[[], bool] = lambda: False) -> bool:
        """Wait this long on the wall clock; True as soon as `stop()`. Raises a LineSignal at once."""
        deadline = time.monotonic() + wall_s
        with self._condition:
            while True:
                self._raise_pending()
                if stop():
                    return True
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._condition.wait(left)

    def next_act(self, wall_s: float, takes: Takes, *, announced: bool = True) -> Act | None:
        """Take the first act that fits, waiting for it; None when time ran out. Raises a LineSignal at once."""
        with self._condition:
            self._expects = takes if announced else None
        if announced:
            self._announce()
        try:
            self.wait(wall_s, lambda: self.peek(takes) is not None)
            return self._take(takes)
        finally:
            with self._condition:
                self._expects = None

    def peek(self, takes: Takes) -> Act | None:
        """The first act that fits, left where it is."""
        with self._condition:
            return next((act for act in self._acts if takes(act)), None)

    def put_back(self, act: Act) -> None:
        """Keep what a verb did not use for the next verb."""
        with self._condition:
            self._acts.insert(0, act)

    def wake(self) -> None:
        """Let a wait look at its `stop` again."""
        with self._condition:
            self._condition.notify_all()

    def _take(self, takes: Takes) -> Act | None:
        with self._condition:
            act = next((act for act in self._acts if takes(act)), None)
            if act is not None:
                self._acts.remove(act)
            return act

    def _raise_pending(self) -> None:
        if self._signal is not None:
            signal, self._signal = self._signal, None
            raise signal
