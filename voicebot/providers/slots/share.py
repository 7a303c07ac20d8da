"""This process's share of what all processes have together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fleet:
    """The processes that live now, as far as this one knows."""

    callers: int = 1
    """Those that answer calls."""
    workers: int = 0
    """The others."""
    place: int | None = 0
    """Which of `callers` this process is, from 0; None: it is one of the others."""


class Share:
    """What this process may take. Any thread may read it; one writes `fleet`."""

    def __init__(self, fleet: Fleet | None = None) -> None:
        self.fleet = fleet or Fleet()

    def of(self, limit: int) -> int:
        """Return this process's share of `limit` places, at least one.

        A worker gets one. The other processes divide the rest equally: together never more than `limit`, unless there
        are more processes than places.
        """
        fleet = self.fleet
        if fleet.place is None:
            return 1
        each, over = divmod(max(limit - fleet.workers, 0), max(fleet.callers, 1))
        return max(1, each + (fleet.place < over))

    def part(self) -> float:
        """Return which part of a rate is this process's."""
        return 1.0 / max(self.fleet.callers + self.fleet.workers, 1)
