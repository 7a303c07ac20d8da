"""When a number is open: hours by weekday in one time zone, and closed days."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MIDNIGHT_AT_THE_END = time.max
LOOK_AHEAD_DAYS = 400
"""How far the next opening is looked for: past every yearly holiday."""

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DATE, _YEARLY = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{2}-\d{2}")

Span = tuple[time, time]
"""From, and until but without; `MIDNIGHT_AT_THE_END` is the end of the day."""


@dataclass(frozen=True)
class OpeningHours:
    """The hours of a number. A day that is not in `week` is closed."""

    timezone: str
    week: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    holidays: tuple[str, ...] = ()
    """Days as `2026-12-25`, or `12-25` for every year."""

    def is_open(self, at: datetime) -> bool:
        """Whether the number is open at a moment (with its zone)."""
        local = at.astimezone(ZoneInfo(self.timezone))
        return any(begin <= local.time() < end for begin, end in self.spans(local.date()))

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the hours of a day, in order; none on a holiday."""
        if day.isoformat() in self.holidays or day.strftime("%m-%d") in self.holidays:
            return ()
        return self.week.get(DAYS[day.weekday()], ())

    def closes(self, at: datetime) -> time | None:
        """Return the local time at which an open number closes; None when it is closed."""
        local = at.astimezone(ZoneInfo(self.timezone))
        return next((end for begin, end in self.spans(local.date()) if begin <= local.time() < end), None)

    def opens(self, at: datetime) -> datetime | None:
        """Return when a closed number opens next, in its own zone; None when it never does."""
        zone = ZoneInfo(self.timezone)
        local = at.astimezone(zone)
        for ahead in range(LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            for begin, _ in self.spans(day):
                # A time that the clock jumps over is the moment after the jump.
                opening = datetime.combine(day, begin, zone)
                if opening > local:
                    return opening
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the hours as JSON's own types."""
        return {
            "timezone": self.timezone,
            "week": {
                day: [[_shown(begin), _shown(end)] for begin, end in self.week[day]] for day in self.week
            },
            "holidays": list(self.holidays),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "OpeningHours":
        """Read what `to_json` wrote."""
        return cls(
            data["timezone"],
            {
                day: tuple(read_span(f"{begin}-{end}") for begin, end in spans)
                for day, spans in data["week"].items()
            },
            tuple(data.get("holidays") or ()),
        )


def read_days(text: str) -> tuple[str, ...]:
    """Return the days of `mon`, `mon-fri` or `sat, sun`. Raises ValueError."""
    days: list[str] = []
    for piece in text.lower().split(","):
        first, dash, last = (part.strip()[:3] for part in piece.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"expected days like mon, mon-fri or sat,sun, not {text[:40]!r}")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        # fri-mon goes over the end of the week.
        days += [DAYS[(begin + ahead) % 7] for ahead in range((end - begin) % 7 + 1)]
    return tuple(days)


def read_spans(text: str) -> tuple[Span, ...]:
    """Return the hours of `09:00-12:30, 14:00-18:00`, or none of `closed`. Raises ValueError."""
    if text.strip().lower() == "closed":
        return ()
    spans = tuple(read_span(piece) for piece in text.split(","))
    if any(late[0] < early[1] for early, late in pairwise(spans)):
        raise ValueError(f"expected hours in order that do not overlap, not {text[:60]!r}")
    return spans


def read_span(text: str) -> Span:
    """Return one `09:00-18:00`; the end may be 24:00. Raises ValueError."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected hours like 09:00-18:00 or closed, not {text[:40]!r}")
    begin, end = _time(found[1], found[2]), _time(found[3], found[4])
    if begin >= end:
        raise ValueError(
            f"expected an end after the beginning, not {text[:40]!r}; hours over midnight are two lines"
        )
    return begin, end


def write_spans(spans: Sequence[Span]) -> str:
    """Write spans as `09:00-12:30, 14:00-18:00`, or `closed`: the form that `read_spans` reads."""
    return ", ".join(f"{_shown(begin)}-{_shown(end)}" for begin, end in spans) or "closed"


def read_holiday(text: str) -> str:
    """Return `2026-12-25` or `12-25` as it stands. Raises ValueError for a day that is in no calendar."""
    given = text.strip()
    whole = given if _DATE.fullmatch(given) else f"2024-{given}" if _YEARLY.fullmatch(given) else ""
    try:
        date.fromisoformat(whole)
    except ValueError:
        raise ValueError(
            f"expected a day like 2026-12-25, or 12-25 for every year, not {given[:40]!r}"
        ) from None
    return given


def _time(hour: str, minute: str) -> time:
    if (int(hour), int(minute)) == (24, 0):
        return MIDNIGHT_AT_THE_END
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f"expected a time of day, not {hour}:{minute}") from None


def _shown(at: time) -> str:
    return "24:00" if at == MIDNIGHT_AT_THE_END else at.strftime("%H:%M")
