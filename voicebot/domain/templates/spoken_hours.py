"""Opening hours in words that can be said, for the model's facts: `from nine in the morning to half past six …`."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from voicebot.domain.templates.opening_hours import DAY_NAMES, DAYS, MIDNIGHT_AT_THE_END, OpeningHours, Span

HOLIDAYS_AHEAD_DAYS, MOST_HOLIDAYS = 60, 14
_HOURS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}
_ONES = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip


def facts(hours: OpeningHours) -> list[str]:
    """Return the week as sentences: days in a row with the same hours together, then the days that are closed."""
    told = []
    for first, last, spans in _runs(hours):
        when = DAY_NAMES[first] if first == last else f"{DAY_NAMES[first]} to {DAY_NAMES[last]}"
        told.append(f"{when} {_said(spans)}")
    closed = [DAY_NAMES[number] for number, day in enumerate(DAYS) if not hours.week.get(day)]
    sentences = [f"It is open {_joined(told)}."] if told else []
    sentences += [f"It is closed on {_joined(closed)}."] if closed else []
    return sentences


def state(hours: OpeningHours, at: datetime) -> str:
    """Return whether it is open at a moment, and until when, or when it opens."""
    end = hours.closes(at)
    if end is not None:
        return f"It is open right now, until {spoken_time(end)}."
    opens = hours.opens(at)
    if opens is None:
        return "It is closed right now."
    days = (opens.date() - at.astimezone(opens.tzinfo).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {opens.strftime('%A')}")
    if days > 6:
        day = f"on {opens.strftime('%A')}, {opens.day} {opens.strftime('%B')}"
    return f"It is closed right now. It opens {day} at {spoken_time(opens.time())}."


def holidays(hours: OpeningHours, at: datetime) -> list[str]:
    """Return one sentence with the coming holidays on otherwise open days; an empty list when there are none."""
    today = at.astimezone(ZoneInfo(hours.timezone)).date()
    days = (today + timedelta(days=ahead) for ahead in range(HOLIDAYS_AHEAD_DAYS))
    off = [day for day in days if hours.week.get(DAYS[day.weekday()]) and not hours.spans(day)]
    told = _joined([f"{day.day} {day.strftime('%B')}" for day in off[:MOST_HOLIDAYS]])
    return [f"Holidays in the next weeks, when nobody is there: {told}."] if told else []


def spoken_time(at: time) -> str:
    """Return a time of day as it is said."""
    if at in (time(0), MIDNIGHT_AT_THE_END):
        return "midnight"
    if at == time(12):
        return "noon"
    part = "in the morning" if at.hour < 12 else "in the afternoon" if at.hour < 18 else "in the evening"
    hour = _HOURS[at.hour % 12]
    return f"half past {hour} {part}" if at.minute == 30 else f"{hour}{_minutes(at.minute)} {part}"


def _minutes(minute: int) -> str:
    if minute == 0:
        return ""
    if minute < 10:
        return f" oh {_ONES[minute]}"
    if minute < 20:
        return f" {_TEENS[minute - 10]}"
    return " " + "-".join(part for part in (_TENS[minute // 10], _ONES[minute % 10]) if part)


def _runs(hours: OpeningHours) -> list[tuple[int, int, tuple[Span, ...]]]:
    runs: list[tuple[int, int, tuple[Span, ...]]] = []
    for number, day in enumerate(DAYS):
        spans = hours.week.get(day, ())
        if runs and runs[-1][1] == number - 1 and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], number, spans)
        elif spans:
            runs.append((number, number, spans))
    return runs


def _said(spans: tuple[Span, ...]) -> str:
    return _joined([f"from {spoken_time(begin)} to {spoken_time(end)}" for begin, end in spans])


def _joined(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (f" and {parts[-1]}" if len(parts) > 1 else "".join(parts))
