"""The timed deeds of one session, by name; the owner's inbox gets the earliest time."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta


class Alarms:
    """The alarms of one line, which holds its lock around every use."""

    def __init__(self, does: dict[str, Callable[[], None]]) -> None:
        self._does = does
        self._due: dict[str, datetime] = {}
        self._now: Callable[[], datetime] = datetime.now

    def use(self, now: Callable[[], datetime]) -> None:
        """Go by this clock."""
        self._now = now

    def seconds(self) -> float:
        """Return the clock's time, in seconds since 1970."""
        return self._now().timestamp()

    def __contains__(self, name: str) -> bool:
        """Whether an alarm is set."""
        return name in self._due

    def at(self, name: str, seconds: float) -> None:
        """Set an alarm to a time of the clock, in its seconds; to the millisecond behind it, so that the time has come then."""
        if name in self._does:
            self._due[name] = datetime.fromtimestamp(math.ceil(seconds * 1000) / 1000, self._now().tzinfo)

    def after(self, name: str, seconds: float) -> None:
        """Set an alarm to so long from now."""
        if name in self._does:
            self._due[name] = self._now() + timedelta(seconds=seconds)

    def drop(self, *names: str) -> None:
        """Forget alarms."""
        for name in names:
            self._due.pop(name, None)

    def drop_all(self) -> None:
        """Forget every alarm."""
        self._due.clear()

    def close(self) -> None:
        """Set none any more, and let go of what they do: it is the line's, which holds them."""
        self._due, self._does = {}, {}

    @property
    def next(self) -> datetime | None:
        """When the next one goes off."""
        return min(self._due.values(), default=None)

    def go_off(self) -> None:
        """Do what is due, in its order."""
        now = self._now()
        for name in sorted((name for name, at in self._due.items() if at <= now), key=self._due.__getitem__):
            if self._due.pop(name, None):
                self._does[name]()
