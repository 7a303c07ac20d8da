"""The order in which requests are let in to a provider. Pure: the time is an argument, and the admitted ones are
returned.

Urgent requests come first. A request that has waited for half of the longest wait counts as urgent, in the order of
arrival, so that a stream of new answers never starves a next sentence.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from voicebot.providers.ports.priority import Priority


class Place(StrEnum):
    """Where somebody stands who asked."""

    WAITS = "waits"
    INSIDE = "inside"
    GONE = "gone"


@dataclass(eq=False, slots=True)
class Ticket:
    """One request for a place."""

    priority: Priority
    cost: float
    """What it takes of the room; its unit is the room's."""
    asked_at: float
    place: Place = Place.WAITS


class Room(Protocol):
    """What is shared out."""

    def fits(self, cost: float, now: float, *, is_last_kept: bool) -> bool:
        """Whether there is room for one more; with `is_last_kept`, without using the last place."""
        ...

    def take(self, cost: float, now: float) -> None:
        """Give it away."""
        ...

    def give_back(self, cost: float) -> None:
        """Give a place back."""
        ...

    def fits_in_s(self, cost: float, now: float) -> float | None:
        """Return how many seconds make room by themselves; None: only somebody who leaves does."""
        ...

    def left(self, now: float) -> float:
        """Return how many more may come in."""
        ...


class Gate:
    """The queue before one room. Not safe to share between threads."""

    def __init__(self, room: Room, *, longest_wait_s: float) -> None:
        self._room, self._longest_wait_s = room, longest_wait_s
        self._waiting: list[Ticket] = []
        self.inside = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def ask(self, priority: Priority, now: float, cost: float = 1.0) -> Ticket:
        """Come in, or wait; a speculation that finds no room is gone."""
        ticket = Ticket(priority, cost, now)
        if priority is Priority.SPECULATION:
            if self._waiting or not self._room.fits(cost, now, is_last_kept=True):
                ticket.place = Place.GONE
            else:
                self._let_in(ticket, now)
            return ticket
        self._waiting.append(ticket)
        self.admit(now)
        return ticket

    def admit(self, now: float) -> list[Ticket]:
        """Let in whom there is room for; return them."""
        admitted: list[Ticket] = []
        while self._waiting:
            first = min(self._waiting, key=lambda ticket: self._turn_of(ticket, now))
            if not self._room.fits(first.cost, now, is_last_kept=False):
                break
            self._waiting.remove(first)
            self._let_in(first, now)
            admitted.append(first)
        return admitted

    def leave(self, ticket: Ticket, now: float) -> list[Ticket]:
        """Be done, or give up; return whom that let in."""
        if ticket.place is Place.INSIDE:
            self.inside -= 1
            self._room.give_back(ticket.cost)
        elif ticket.place is Place.WAITS:
            self._waiting.remove(ticket)
        ticket.place = Place.GONE
        return self.admit(now)

    def opens_in_s(self, now: float) -> float | None:
        """Return when to admit again although nobody leaves; None: never."""
        if not self._waiting:
            return None
        first = min(self._waiting, key=lambda ticket: self._turn_of(ticket, now))
        return self._room.fits_in_s(first.cost, now)

    def _let_in(self, ticket: Ticket, now: float) -> None:
        self._room.take(ticket.cost, now)
        self.inside += 1
        ticket.place = Place.INSIDE

    def _turn_of(self, ticket: Ticket, now: float) -> tuple[int, float]:
        has_waited = now - ticket.asked_at >= self._longest_wait_s / 2
        return (Priority.ANSWER if has_waited else ticket.priority, ticket.asked_at)
