"""Timers of a call that lives in rows: deadlines kept with its state, looked at when a turn begins."""

from datetime import datetime, timedelta

from voicebot.domain.call.actions import Action, ClearTimer, SetTimer


def set_timer(timers: dict[str, str], action: Action, now: datetime) -> None:
    """Apply SetTimer and ClearTimer to `timers` (name -> ISO time); other actions leave it alone."""
    match action:
        case SetTimer(name, after_s):
            timers[name] = (now + timedelta(seconds=after_s)).isoformat()
        case ClearTimer(name):
            timers.pop(name, None)


def due_timers(timers: dict[str, str], now: datetime) -> list[str]:
    """Take the timers out that have run out, earliest first."""
    due = sorted((at, name) for name, at in timers.items() if datetime.fromisoformat(at) <= now)
    for _, name in due:
        del timers[name]
    return [name for _, name in due]
