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

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrule, rrulestr

LONGEST_RULE, MOST_TIMES, MOST_INTERVAL, MOST_VALUES = 300, 1000, 400, 31
AHEAD = 3
"""How many calls of one series wait at a time. An edit changes only calls that are not made yet."""
_YEARS = timedelta(days=5 * 366)
"""A rule that gives no day for so long gives none; and it begins no longer ago."""
_FAR = timedelta(days=50 * 366)
_PARTS = {
    "DAILY": frozenset({"BYDAY"}),
    "WEEKLY": frozenset({"BYDAY", "WKST"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"}),
    "YEARLY": frozenset({"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"}),
}
"""The parts that a rule of each frequency may have; such rules give a day soon or never, so no search is long."""
_EVERYWHERE = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYHOUR", "BYMINUTE"})
_KNOWN = _EVERYWHERE.union(*_PARTS.values())
_NUMBER = re.compile(r"\d{1,4}")
_UNTIL = re.compile(r"\d{8}(?:T\d{6}Z?)?")
_PLAIN_DAY, _NTH_DAY = (
    re.compile(r"MO|TU|WE|TH|FR|SA|SU"),
    re.compile(r"(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)"),
)
_MONTHS, _MONTH_DAYS = re.compile(r"[1-9]|1[0-2]"), re.compile(r"[+-]?(?:[1-9]|[12]\d|3[01])")
_NUMBERS = (("COUNT", 1, MOST_TIMES), ("INTERVAL", 1, MOST_INTERVAL), ("BYHOUR", 0, 23), ("BYMINUTE", 0, 59))


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

    @property
    def begins(self) -> datetime:
        """The moment of `starts_at`."""
        return self.starts_at.replace(tzinfo=ZoneInfo(self.zone))

    def at_its_hour(self, moment: datetime) -> datetime:
        """Return the first moment from `moment` on at which the clock shows the hour of the rule."""
        zone = ZoneInfo(self.zone)
        local = moment.astimezone(zone)
        at = datetime.combine(local.date(), self.starts_at.time(), zone)
        return at if at >= local else at + timedelta(days=1)

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

    Without `starts` the rule itself must give the hour (BYHOUR).
    """
    parts = _parts_of(text)
    _check(parts)
    clock = ZoneInfo(zone)
    if starts is not None and not now - _YEARS <= starts <= now + _FAR:
        # Every day since then would be gone through, each time that somebody looks.
        raise ValueError("the first call of a rule is at most five years ago, and within fifty years")
    begin = (starts or now).astimezone(clock).replace(tzinfo=None, second=0, microsecond=0)
    if "BYHOUR" in parts:
        at = time(int(parts.pop("BYHOUR")), int(parts.pop("BYMINUTE", "0")))
        begin = datetime.combine(begin.date(), at)
    elif starts is None:
        raise ValueError("a call that repeats needs the time of the first one, or BYHOUR")
    parts.pop("BYMINUTE", None)
    _until(parts.get("UNTIL"), clock)
    found = Recurrence(";".join(f"{name}={value}" for name, value in parts.items()), begin, zone)
    if not _gives_any(found) or not found.after(now, 1):
        raise ValueError("the rule gives no day to come")
    return found


def _gives_any(found: Recurrence) -> bool:
    """Whether the rule gives a day within some years. One that gives none would be searched to the end of the calendar."""
    parts = _parts_of(found.rule)
    step = int(parts.get("INTERVAL", "1"))
    begin = found.starts_at.replace(day=1)
    match parts["FREQ"]:
        case "MONTHLY":
            periods = [
                begin + relativedelta(months=n * step) for n in range(1, _YEARS.days // 30 // step + 1)
            ]
        case "YEARLY":
            periods = [begin.replace(month=1) + relativedelta(years=n * step) for n in range(1, 9)]
        case _:
            return True
    # The next period of each unit would lie beyond the end of the calendar.
    alone = {**parts, "INTERVAL": "200000"}
    return any(next(iter(_expanded(alone, one, None)), None) for one in (found.starts_at, *periods))


def _parts_of(text: str) -> dict[str, str]:
    bare = text.strip().removeprefix("RRULE:").strip(";").upper()
    if not bare or len(bare) > LONGEST_RULE:
        raise ValueError(f"expected a rule like FREQ=WEEKLY;BYDAY=MO, up to {LONGEST_RULE} characters")
    parts: dict[str, str] = {}
    for part in bare.split(";"):
        name, sign, value = part.partition("=")
        if not sign or name not in _KNOWN or name in parts:
            raise ValueError(f"expected a rule like FREQ=WEEKLY;BYDAY=MO; {part[:40]!r} is no part of one")
        parts[name] = value.strip()
    return parts


def _check(parts: dict[str, str]) -> None:
    frequency = parts.get("FREQ", "")
    if frequency not in _PARTS:
        raise ValueError(f"FREQ is one of {', '.join(_PARTS)}: nobody is called more often than once a day")
    if others := parts.keys() - _PARTS[frequency] - _EVERYWHERE:
        raise ValueError(f"{min(others)} does not go with FREQ={frequency}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("a rule has COUNT or UNTIL, not both")
    for name, least, most in _NUMBERS:
        if name in parts and not (_NUMBER.fullmatch(parts[name]) and least <= int(parts[name]) <= most):
            raise ValueError(f"{name} is a number from {least} to {most}")
    if "BYDAY" in parts and frequency == "DAILY" and parts.get("INTERVAL", "1") != "1":
        raise ValueError("BYDAY goes with FREQ=WEEKLY when there is an INTERVAL")
    days = _NTH_DAY if frequency in ("MONTHLY", "YEARLY") else _PLAIN_DAY
    for name, one in (
        ("BYDAY", days),
        ("BYMONTH", _MONTHS),
        ("BYMONTHDAY", _MONTH_DAYS),
        ("BYSETPOS", _MONTH_DAYS),
        ("WKST", _PLAIN_DAY),
    ):
        values = parts[name].split(",") if name in parts else []
        if len(values) > MOST_VALUES or not all(one.fullmatch(value) for value in values):
            raise ValueError(f"{name} is not readable, as {parts[name][:20]!r}")


def _until(text: str | None, zone: ZoneInfo) -> datetime | None:
    """Return the last moment by the clock; of a day its end."""
    if text is None:
        return None
    if not _UNTIL.fullmatch(text):
        raise ValueError("UNTIL is a day like 20261231, or 20261231T180000")
    try:
        if "T" not in text:
            return datetime.combine(datetime.strptime(text, "%Y%m%d").date(), time(23, 59, 59))
        at = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")
        return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if text.endswith("Z") else at
    except (ValueError, OverflowError):
        raise ValueError("UNTIL is a day like 20261231, or 20261231T180000") from None


def _expanded(parts: dict[str, str], starts_at: datetime, until: datetime | None) -> rrule:
    bare = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("COUNT", "UNTIL"))
    found = rrulestr(bare, dtstart=starts_at)
    assert isinstance(found, rrule)
    return found.replace(until=until) if until else found
