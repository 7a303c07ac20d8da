"""A call's timers: deadlines by name. Its owner keeps them; a line that lives in rows stores them with the state."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from voicebot.domain.call.actions import ClearTimer, SetTimer, TimerAction


class Timers:
    """The deadlines of one call."""

    def __init__(self, at: Mapping[str, datetime] | None = None) -> None:
        self._at = dict(at or {})

    @property
    def at(self) -> dict[str, datetime]:
        """When each of them runs out."""
        return dict(self._at)

    def change(self, action: TimerAction, now: datetime) -> None:
        """Set or clear a timer; a timer of the same name is replaced."""
        match action:
            case SetTimer(name, after_s):
                self._at[name] = now + timedelta(seconds=after_s)
            case ClearTimer(name):
                self._at.pop(name, None)
            case _:
                assert_never(action)

    def next_at(self) -> datetime | None:
        """Return when the next one runs out; None when there is none."""
        return min(self._at.values(), default=None)

    def due(self, now: datetime) -> list[str]:
        """Take out the timers that have run out, earliest first."""
        due = sorted((at, name) for name, at in self._at.items() if at <= now)
        for _, name in due:
            del self._at[name]
        return [name for _, name in due]
