"""When something is to happen, as a person picks it: how long a thread is put off, and when a text leaves."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(9)
CHOICES: Mapping[str, str] = {
    "hour": "an hour",
    "hours": "four hours",
    "tomorrow": "tomorrow at nine",
    "monday": "Monday at nine",
}
"""How long something is put off, and the words for it."""


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
    """Read a day and a time as a form gives them, `2026-01-31T12:00`, by the clocks of a zone. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
