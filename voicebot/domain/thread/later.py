"""When something is to happen, as a person picks it: how long a thread is put off, and when a text leaves."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(9)
CHOICES: Mapping[str, str] = {
    "hour": "an hour",
    "hours": "four hours",
    "tomorrow": "tomorrow at nine",
    "monday": "Monday at nine",
}
"""How long something is put off, and the words for it."""


class NoSuchHour(ValueError):
    """Clocks go forward over this time."""

    def __init__(self) -> None:
        super().__init__("Clocks go forward over this time: choose an earlier or a later one.")


def put_off_until(choice: str, now: datetime) -> datetime:
    """Return when something comes back that is put off now; mornings are those of the zone of `now`. Raises ValueError."""
    match choice:
        case "hour":
            return now + timedelta(hours=1)
        case "hours":
            return now + timedelta(hours=4)
        case "tomorrow":
            return datetime.combine(now.date() + timedelta(days=1), MORNING, now.tzinfo)
        case "monday":
            return datetime.combine(now.date() + timedelta(days=7 - now.weekday()), MORNING, now.tzinfo)
    raise ValueError("expected one of " + ", ".join(CHOICES))


def moment_in(text: str, zone: str) -> datetime:
    """Read a day and a time from a form, `2026-01-31T12:00`, in the zone's local time. Raises ValueError.

    An hour that comes twice, as clocks go back, means the first one; an hour that clocks skip is refused.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo:
        return moment
    there = moment.replace(tzinfo=ZoneInfo(zone))
    try:
        is_left_out = there.astimezone(UTC).astimezone(there.tzinfo).replace(tzinfo=None) != moment
    except OverflowError as error:
        raise ValueError("expected a day of this age") from error
    if is_left_out:
        raise NoSuchHour
    return there
