"""What time it is for the demo brain, and which days and times of day a question means.

The prompt's line `Now it is …` is all that it knows of the time: a day of the week or a date, and a time of day, in
whatever order and zone they stand there.
"""

import re
from dataclasses import dataclass
from datetime import date

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
DAY_NAME = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:s?day|nesday|rsday|urday|day)?s?|tues\.?|thurs?\.?|(?:mon|tue|wed|thu|fri|sat|sun)\."
"""A day of the week, whole or short, one or many of them."""
_MONTH = "|".join(MONTHS)
_DATE = re.compile(
    rf"\b(?:(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})|({_MONTH}) (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?)\b(?:,? (\d{{4}}))?",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_RIGHT_NOW = re.compile(
    r"\b(?:now|at the moment|currently|at this (?:time|hour)|(?:still|already|yet) open|open (?:still|already|yet)|still there)\b",
    re.IGNORECASE,
)
_RELATIVE = (
    (r"\bday after tomorrow\b", 2),
    (r"\btomorrow\b", 1),
    (r"\b(?:today|tonight|this (?:morning|afternoon|evening)|todays)\b", 0),
    (r"\byesterday\b", -1),
)


@dataclass(frozen=True)
class Now:
    """What the prompt says of the present: the day of the week (0 is Monday), minutes since midnight, the date."""

    weekday: int | None
    minutes: int | None = None
    day: date | None = None


@dataclass(frozen=True)
class AskedDay:
    """One day that a question means; `label` names it within an answer."""

    weekday: int
    label: str


def now_line(prompt: str) -> str:
    """Return the prompt's text after `Now it is`, up to the end of its sentence; blank when it has none."""
    found = re.search(r"(?im)\b(?:now it is|it is now|current (?:date|time)[^:\n]*:)\s*(.+)$", prompt)
    return re.split(r"\.(?:\s|$)", found[1])[0].strip() if found else ""


def read_now(prompt: str) -> Now:
    """Return the present as the prompt tells it."""
    line = now_line(prompt)
    day = date_in(line, None)
    named = re.search(rf"\b({DAY_NAME})(?!\w)", line, re.IGNORECASE)
    weekday = day_number(named[1]) if named else day.weekday() if day else None
    # A zone's offset has the shape of a time too, and comes after it.
    time = re.search(r"(?<![\d+:\-])(\d{1,2}):(\d\d)(?::\d\d)?\s*([ap])?\.?(?:m\b)?", line, re.IGNORECASE)
    if time is None:
        return Now(weekday, None, day)
    hour = int(time[1]) % 12 + (12 if time[3].lower() == "p" else 0) if time[3] else int(time[1])
    return Now(weekday, hour * 60 + int(time[2]), day)


def date_in(text: str, now: Now | None) -> date | None:
    """Return the date that the text names; one without a year is the next such day from now on."""
    if iso := _ISO_DATE.search(text):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    found = _DATE.search(text)
    if found is None:
        return None
    number, month = int(found[1] or found[4]), MONTHS.index((found[2] or found[3]).lower()) + 1
    if found[5]:
        return _date(int(found[5]), month, number)
    if now is None or now.day is None:
        return None
    this_year = _date(now.day.year, month, number)
    if this_year is not None and this_year < now.day:
        return _date(now.day.year + 1, month, number)
    return this_year


def day_number(name: str) -> int:
    """Return the number of a day of the week from its name or the first letters of it; 0 is Monday."""
    return [day[:3].lower() for day in DAYS].index(name[:3].lower())


def asks_right_now(question: str) -> bool:
    """Whether the question is about this very moment."""
    return _RIGHT_NOW.search(question) is not None


def asked_days(question: str, now: Now) -> tuple[AskedDay, ...]:
    """Return the days that a question means, as far as it names any and the present is known; none else."""
    found: dict[int, str] = {}
    lowered = question.casefold()
    for pattern, offset in _RELATIVE:
        if now.weekday is None or not re.search(pattern, lowered):
            continue
        weekday = (now.weekday + offset) % 7
        word = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(offset)
        found.setdefault(weekday, f"{word}, {DAYS[weekday]}," if word else f"on {DAYS[weekday]}")
        lowered = re.sub(pattern, "", lowered)
    if asks_right_now(question) and now.weekday is not None and not found:
        found[now.weekday] = f"today, {DAYS[now.weekday]},"
    if (named := date_in(question, now)) is not None:
        told = f"{DAYS[named.weekday()]}, {named.day} {MONTHS[named.month - 1].capitalize()},"
        found.setdefault(named.weekday(), f"on {told}")
    for before, name in re.findall(rf"(\w+ )?\b({DAY_NAME})(?!\w)", lowered):
        # "Wed" and "sun" have meanings of their own.
        if len(name) > 4 or before.strip() in ("on", "this", "next", "open", "about", "and"):
            found.setdefault(day_number(name), f"on {DAYS[day_number(name)]}")
    if re.search(r"\bweek-?ends?\b", lowered):
        for weekday in (5, 6):
            found.setdefault(weekday, f"on {DAYS[weekday]}")
    return tuple(AskedDay(weekday, label) for weekday, label in found.items())


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def told_time(question: str, prompt: str) -> str:
    """Return the answer to what time or day it is; blank when something else was asked, or the prompt does not tell."""
    line = now_line(prompt)
    if not line:
        return ""
    if re.search(
        r"\bwhat(?:'s| is)? (?:the )?time(?: is it| it is)?(?: now| please)?\W*$", question, re.IGNORECASE
    ):
        return f"It is {line}."
    if re.search(
        r"\b(?:what|which) (?:day|date)(?: of the week)? (?:is|do we have)(?: it)?(?: today| now)?\W*$"
        r"|\bwhat(?:'s| is) (?:the date|today's date|the day)(?: today)?\W*$|\bwhat day of the week\b",
        question,
        re.IGNORECASE,
    ):
        now = read_now(prompt)
        if now.day is not None:
            return (
                f"Today is {DAYS[now.day.weekday()]}, {now.day.day} {MONTHS[now.day.month - 1].capitalize()}."
            )
        return f"Today is {DAYS[now.weekday]}." if now.weekday is not None else ""
    return ""
