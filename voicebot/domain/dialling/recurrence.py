"""When a call that repeats is made: a rule of RFC 5545 (RRULE) on the clocks of the person's place.

At most once a day. A time that a clock leaves out is the one after the gap; of a time that a clock shows twice it is the
first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

LONGEST_RULE, MOST_TIMES, MOST_INTERVAL = 300, 1000, 400
AHEAD = 3
"""How many calls of one series wait at a time: an edit changes what is not made yet."""
_YEARS = timedelta(days=5 * 366)
"""A rule that gives no day for so long gives none."""
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = frozenset(
    "FREQ INTERVAL COUNT UNTIL BYDAY BYMONTHDAY BYMONTH BYYEARDAY BYWEEKNO BYSETPOS WKST BYHOUR BYMINUTE".split()
)
_SINGLE = re.compile(r"\d{1,4}")
_UNTIL = re.compile(r"\d{8}(?:T\d{6}Z?)?")
_LIST = re.compile(r"[+-]?\d{0,3}[A-Z0-9]{0,3}(?:,[+-]?\d{0,3}[A-Z0-9]{0,3}){0,40}")


@dataclass(frozen=True)
class Recurrence:
    """A rule with its first moment by the clock (`starts_at` has no zone) and the zone whose clock it is."""

    rule: str
    starts_at: datetime
    zone: str

    def after(self, moment: datetime, most: int = AHEAD) -> list[datetime]:
        """Return the next moments behind `moment`, in UTC; fewer than `most` where the rule ends."""
        later = (at for at in self._moments(moment) if at > moment)
        return list(islice(later, most))

    def _moments(self, moment: datetime) -> Iterator[datetime]:
        zone = ZoneInfo(self.zone)
        local = max(moment.astimezone(zone).replace(tzinfo=None), self.starts_at)
        parts = _parts_of(self.rule)
        until = min(_until(parts.get("UNTIL"), zone) or datetime.max, local + _YEARS)
        times: Iterator[datetime] = iter(_expanded(parts, self.starts_at, until))
        for at in islice(times, int(parts["COUNT"])) if "COUNT" in parts else times:
            # `fold` 0 is the first of two, and before a gap.
            yield at.replace(tzinfo=zone).astimezone(UTC)


def recurrence_of(text: str, starts: datetime | None, zone: str, now: datetime) -> Recurrence:
    """Read a rule as people write it, with the moment of its first call. Raises ValueError with what is wrong.

    Without `starts` the rule itself has to say the hour (BYHOUR).
    """
    parts = _parts_of(text)
    _check(parts)
    clock = ZoneInfo(zone)
    begin = (starts or now).astimezone(clock).replace(tzinfo=None, second=0, microsecond=0)
    if "BYHOUR" in parts:
        at = time(int(parts.pop("BYHOUR")), int(parts.pop("BYMINUTE", "0")))
        begin = datetime.combine(begin.date(), at)
    elif starts is None:
        raise ValueError("a call that repeats needs the time of the first one, or BYHOUR")
    parts.pop("BYMINUTE", None)
    if "UNTIL" in parts:
        _until(parts["UNTIL"], clock)
    found = Recurrence(";".join(f"{name}={value}" for name, value in parts.items()), begin, zone)
    if not _gives_any(found, now):
        raise ValueError("the rule gives no day to come")
    return found


def _gives_any(found: Recurrence, now: datetime) -> bool:
    try:
        return bool(found.after(now, 1))
    except (ValueError, TypeError, KeyError, OverflowError):
        raise ValueError("expected a rule like FREQ=WEEKLY;BYDAY=MO") from None


def _parts_of(text: str) -> dict[str, str]:
    bare = text.strip().removeprefix("RRULE:").strip(";").upper()
    if not bare or len(bare) > LONGEST_RULE:
        raise ValueError(f"expected a rule like FREQ=WEEKLY;BYDAY=MO, up to {LONGEST_RULE} characters")
    parts: dict[str, str] = {}
    for part in bare.split(";"):
        name, sign, value = part.partition("=")
        if not sign or name not in _PARTS or name in parts:
            raise ValueError(f"expected a rule like FREQ=WEEKLY;BYDAY=MO; {part[:40]!r} is no part of one")
        parts[name] = value.strip()
    return parts


def _check(parts: dict[str, str]) -> None:
    if parts.get("FREQ") not in _FREQUENCIES:
        raise ValueError(f"FREQ is one of {', '.join(_FREQUENCIES)}: nobody is called more often than once a day")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("a rule has COUNT or UNTIL, not both")
    for name, least, most in (("COUNT", 1, MOST_TIMES), ("INTERVAL", 1, MOST_INTERVAL), ("BYHOUR", 0, 23), ("BYMINUTE", 0, 59)):
        if name in parts and not (_SINGLE.fullmatch(parts[name]) and least <= int(parts[name]) <= most):
            raise ValueError(f"{name} is a number from {least} to {most}")
    if "UNTIL" in parts and not _UNTIL.fullmatch(parts["UNTIL"]):
        raise ValueError("UNTIL is a day like 20261231, or 20261231T180000")
    for name in ("BYDAY", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST"):
        if name in parts and not (parts[name] and _LIST.fullmatch(parts[name])):
            raise ValueError(f"{name} is not readable")


def _until(text: str | None, zone: ZoneInfo) -> datetime | None:
    """Return the last moment by the clock; of a day its end."""
    if text is None:
        return None
    try:
        if "T" not in text:
            return datetime.combine(datetime.strptime(text, "%Y%m%d").date(), time(23, 59, 59))
        at = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")
        return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if text.endswith("Z") else at
    except (ValueError, OverflowError):
        raise ValueError("UNTIL is a day like 20261231, or 20261231T180000") from None


def _expanded(parts: dict[str, str], starts_at: datetime, until: datetime) -> rrule:
    bare = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("COUNT", "UNTIL"))
    found = rrulestr(bare, dtstart=starts_at)
    assert isinstance(found, rrule)
    return found.replace(until=until)
