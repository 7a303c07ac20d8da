"""The gate of one provider, for threads: a thread with a place may ask it; a thread that gets none in time gets an error."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import isfinite

from voicebot.providers.http.closable import Exchange
from voicebot.providers.http.errors import BUSY_HERE
from voicebot.providers.ports import Outcome, Priority, ProviderError
from voicebot.providers.slots.gate import Gate, Place, Room, Ticket
from voicebot.telemetry import metrics

LONGEST_WAIT_S = 0.8
"""Longer than a short sentence takes to be made; with what speaks instead the caller waits less than a second."""
SHORTEST_S = 0.001


class Admission:
    """Lets threads and greenlets in, one gate a provider and a process."""

    def __init__(
        self,
        provider: str,
        room: Room,
        *,
        longest_wait_s: float = LONGEST_WAIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider, self._room, self._clock = provider, room, clock
        self._longest_wait_s = longest_wait_s
        self._gate = Gate(room, longest_wait_s=longest_wait_s)
        self._lock = threading.Lock()
        self._woken: dict[Ticket, threading.Event] = {}
        self._shown = {
            state: metrics.PROVIDER_SLOTS.labels(provider, state) for state in ("taken", "waiting", "free")
        }

    @contextmanager
    def place(
        self, priority: Priority, cost: float = 1.0, *, exchange: Exchange | None = None
    ) -> Iterator[None]:
        """Hold a place inside. Raises ProviderError, `not_sent`, when none became free in time.

        The end of `exchange` ends the wait.
        """
        ticket = self.enter(priority, cost, exchange=exchange)
        try:
            yield
        finally:
            self.leave(ticket)

    def enter(self, priority: Priority, cost: float = 1.0, *, exchange: Exchange | None = None) -> Ticket:
        """Take a place, which `leave` gives back. Raises ProviderError as `place` does."""
        with self._lock:
            ticket = self._gate.ask(priority, self._clock(), cost)
            if ticket.place is Place.WAITS:
                self._woken[ticket] = threading.Event()
            self._show()
        if ticket.place is Place.WAITS:
            self._wait(ticket, exchange)
        if ticket.place is Place.INSIDE:
            return ticket
        metrics.PROVIDER_SLOTS_REFUSED.labels(self._provider, priority.name.lower()).inc()
        raise ProviderError(
            self._provider, BUSY_HERE, Outcome.NOT_SENT, retry_after_s=self._longest_wait_s, unwell=False
        )

    def leave(self, ticket: Ticket) -> None:
        """Give a place back; more than once does no harm."""
        with self._lock:
            self._wake(self._gate.leave(ticket, self._clock()))
            self._show()

    def look(self) -> None:
        """Let in whom there is room for now: the share may have become larger."""
        with self._lock:
            self._wake(self._gate.admit(self._clock()))
            self._show()

    def _wait(self, ticket: Ticket, exchange: Exchange | None) -> None:
        """Wait until the ticket is inside, or for the longest wait; it is gone then."""
        woken = self._woken[ticket]
        try:
            with exchange.waiting(woken.set) if exchange is not None else nullcontext():
                while ticket.place is Place.WAITS and not (exchange is not None and exchange.ended):
                    left_s = ticket.asked_at + self._longest_wait_s - self._clock()
                    if left_s <= 0:
                        break
                    with self._lock:
                        opens_in_s = self._gate.opens_in_s(self._clock())
                    if opens_in_s is not None and opens_in_s > left_s:
                        # Nobody waits in vain.
                        break
                    woken.wait(left_s if opens_in_s is None else max(opens_in_s, SHORTEST_S))
                    self.look()
        finally:
            with self._lock:
                del self._woken[ticket]
                if ticket.place is Place.WAITS or (exchange is not None and exchange.ended):
                    self._wake(self._gate.leave(ticket, self._clock()))
                self._show()

    def _wake(self, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            if ticket in self._woken:
                self._woken[ticket].set()

    def _show(self) -> None:
        self._shown["taken"].set(self._gate.inside)
        self._shown["waiting"].set(self._gate.waiting)
        left = self._room.left(self._clock())
        if isfinite(left):
            self._shown["free"].set(left)


def place_at(
    admission: Admission | None, priority: Priority, *, exchange: Exchange | None = None
) -> AbstractContextManager[None]:
    """Hold a place at a gate, where there is one. Raises ProviderError as `Admission.place` does."""
    return nullcontext() if admission is None else admission.place(priority, exchange=exchange)
