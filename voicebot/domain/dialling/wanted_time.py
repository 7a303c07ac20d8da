"""Find out when a person wants to be called: "tomorrow at nine", "in half an hour", "when I am home after six".

The person's words decide and not a date from the model, because models count days wrongly. A local time in ISO 8601 is
read too. The bot asks about a time with two meanings.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from voicebot.domain.dialling.clock_tongues import in_english
from voicebot.domain.dialling.clock_words import WEEKDAYS, in_one_form
from voicebot.domain.dialling.wanted_day import (
    ONE_DAY,
    Day,
    NotClear,
    TimeRefused,
    names_of,
    spoken_day,
    wanted_day,
)
from voicebot.domain.dialling.wanted_hour import Hours, wanted_hours
from voicebot.domain.person.daytime import known_zone

FARTHEST = timedelta(days=180)
MOST_UNITS = 1_000_000.0
SOON = timedelta(minutes=2)
"""A person who wants to be called at once has to hang up first."""
_NEGATED = re.compile(
    r"\b(?:not|except|instead of|any(?: day| time)? but|n't)\b(?! before\b| until\b| later\b)"
)
_BUSY_UNTIL = re.compile(
    r"\b(?:until|(?:off|out|done|free|finish|finished)(?: work| school)? at) \d{1,2}(?::\d\d)?(?: ?[ap]m)?(?= .*\b(?:try|call|ring|phone)\b.*\d)"
)
"""Until when somebody is busy, where they say behind it when they want to be called."""
_BUSY = re.compile(
    r"\b(?P<busy>busy|out|work|working|meeting|class|school|driving|away|asleep|sleep|shift) until (?=\d)"
)
"""Who says no more than that is free from then on."""
_CORRECTS = r"(?: (?:oh|um|uh))*(?: (?:no|wait|sorry|scratch that|i mean|i meant|actually|rather|or rather|make (?:it|that)|let's say|it's)){1,3}"
_DAYS = rf"\b(?:today|tonight|tomorrow|{'|'.join(WEEKDAYS)})\b"
_HOURS = r"\b\d{1,2}(?::\d\d)?\b(?: ?[ap]m\b)?(?!/| minute)"
_NOW = re.compile(
    r"\b(?:right away|right back|right now|straight away|immediately|asap|as soon as possible|at once|in a (?:minute|moment|second)|now)\b"
)
_COUNT = r"(?P<n>\d+(?:\.\d+)?|an?|half an?|a couple of|couple of|a couple|couple|a quarter of an?|quarter of an?|3 quarters of an?)"
_AFTER = re.compile(
    rf"\b(?P<how>in about|in around|in|within|after|about|another|give me|i need|wait)? ?(?P<all>{_COUNT} (?P<unit>minute|hour)s?)"
    r"(?P<half> and a half)?(?: and (?:(?P<more>\d+) minutes?|(?P<quarter>a quarter)))?(?P<from> from now| time| later)?\b"
)
_HALVES = re.compile(r"\b(?P<n>\d+|an?) and a half hours?\b")
_QUANTITY = {
    "a": 1.0, "an": 1.0, "half a": 0.5, "half an": 0.5, "a couple of": 2.0, "couple of": 2.0, "a couple": 2.0, "couple": 2.0, "a quarter of a": 0.25,
    "a quarter of an": 0.25, "quarter of an": 0.25, "quarter of a": 0.25, "3 quarters of an": 0.75, "3 quarters of a": 0.75,
}  # fmt: skip
_AREAS = ("America", "Europe", "Asia", "Australia", "Africa", "Pacific")


def _of_clock(names: str, word: str) -> str:
    """A short name of a zone counts behind a time: "est" is French, too."""
    return rf"(?:(?<=[ap]m )|(?<=:\d\d )|(?<=noon ))(?:{names})\b(?: (?:standard |daylight )?time\b)?|\b{word} (?:standard |daylight )?time\b"


_ZONES = {
    "America/New_York": _of_clock(r"e[sd]?t|eastern", "eastern"),
    "America/Chicago": _of_clock(r"c[sd]t|central", "central"),
    "America/Denver": _of_clock(r"m[sd]t|mountain", "mountain"),
    "America/Los_Angeles": _of_clock(r"p[sd]t|pacific", "pacific"),
    "Europe/London": r"\b(?:bst|(?:uk|british) time)\b",
    "Europe/Paris": r"\b(?:cest|cet)\b",
    "UTC": r"\b(?:gmt|utc)\b",
}
"""Zones by their names on clocks."""
_TIME_OF_TOWN = re.compile(r"\b(?P<town>(?!at |am |pm |in )[a-z]{3,}(?: [a-z]{3,})?) time\b")
_TIME_OF_OURS = re.compile(r"\byour (?:local )?time\b")
_NO_UNIT = re.compile(r"\bin \d+(?: ?(?:-|to|or) ?\d+)?(?: or so| please)?$")
_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}t[\d:.]+\s*(?:z|[+-]\d{2}:?\d{2})\b")


@dataclass(frozen=True)
class WantedTime:
    """A moment at which a person wants to be called, or with `until` a window that begins then. Both are aware."""

    at: datetime
    until: datetime | None = None


def wanted_time(words: str, now: datetime, zone: str, *, month_first: bool = True) -> WantedTime:
    """Return when the person at `zone` wants to be called. Raises NotClear, with a question; TimeRefused.

    `month_first`: 5/12 is the twelfth of May.
    """
    # Half an hour is that on every clock: what is counted from now on is counted in UTC.
    now = now.astimezone(UTC)
    text = in_one_form(in_english(words))
    text, zone = _by_clock_of(text, zone)
    here = now.astimezone(ZoneInfo(zone))
    if _OFFSET.search(text):
        raise NotClear("Give the time by the person's own clock, without an offset, or in their words.")
    text, denied = _without_denied(text)
    if _NEGATED.search(text):
        raise NotClear("Which day and time would suit?")
    day, rest = wanted_day(text, here, month_first=month_first)
    if day and denied & names_of(day.date, here.date()):
        # "Not tomorrow but Thursday", on a Wednesday.
        raise NotClear("Which day and time would suit?")
    if found := _from_now(text, now):
        if day and day.date != found.at.astimezone(here.tzinfo).date():
            raise NotClear("On which day, and at what time?")
        return found
    if _NO_UNIT.search(text):
        raise NotClear("In how many minutes, or hours?")
    hours = wanted_hours(rest)
    if hours is None:
        if day is None and _NOW.search(text):
            return WantedTime(now + SOON)
        raise NotClear(_which_time(day, here.date()))
    return _wanted(day, hours, here, ZoneInfo(zone))


def _without_denied(text: str) -> tuple[str, frozenset[str]]:
    """Return the words without a day or an hour that is denied in favour of another, and the denied words: "at 2 pm, not 3"."""
    denied: set[str] = set()
    text = _BUSY.sub(r"\g<busy> after ", _BUSY_UNTIL.sub("", text))
    for named in (_DAYS, _HOURS):
        # "At 4 pm, no wait, 5 pm".
        text = re.sub(rf"(?:\b(?:at|on) )?{named}{_CORRECTS} (?=(?:at |on )?{named})", "", text)
        is_not = re.compile(rf"(?:\bbut )?\bnot (?:(?:on|at) )?(?P<denied>{named})")
        rest = is_not.sub(" ", text)
        if re.search(named, rest):
            denied |= {found["denied"] for found in is_not.finditer(text)}
            text = " ".join(rest.split())
    return text, frozenset(denied)


def _by_clock_of(text: str, zone: str) -> tuple[str, str]:
    """Return the words without the zone that they name, and that zone. Raises NotClear where it is not known."""
    for named, pattern in _ZONES.items():
        if found := re.search(pattern, text):
            return f"{text[: found.start()]} {text[found.end() :]}", named
    if found := _TIME_OF_TOWN.search(text):
        name = "_".join(word.capitalize() for word in found["town"].split())
        known = next((each for area in _AREAS if (each := known_zone(f"{area}/{name}"))), None)
        if known is not None:
            return f"{text[: found.start()]} {text[found.end() :]}", known.key
    if _TIME_OF_OURS.search(text):
        raise NotClear("At what time by your own clock?")
    return text, zone


def _which_time(day: Day | None, today: date) -> str:
    if day is None:
        return "On which day, and at what time?"
    told = spoken_day(day.date, today)
    return f"At what time {told if told.startswith('to') else f'on {told}'}?"


def _from_now(text: str, now: datetime) -> WantedTime | None:
    if found := _HALVES.search(text):
        number = _QUANTITY.get(found["n"]) or float(found["n"])
        return _in(now, timedelta(hours=min(number, MOST_UNITS) + 0.5))
    for found in _AFTER.finditer(text):
        # "Ten minutes past nine" is no wait, and "after two hours" one.
        if not (found["how"] or found["from"]) and found[0].strip() != text.strip():
            continue
        number = min(_QUANTITY.get(found["n"]) or float(found["n"]), MOST_UNITS)
        length = timedelta(hours=number) if found["unit"] == "hour" else timedelta(minutes=number)
        length += timedelta(minutes=30) if found["half"] else timedelta()
        length += timedelta(minutes=int((found["more"] or "0")[:4]) or (15 if found["quarter"] else 0))
        if found["how"] == "within":
            return WantedTime(now + SOON, _in(now, length).at)
        return _in(now, length)
    return None


def _in(now: datetime, length: timedelta) -> WantedTime:
    return _bounded(WantedTime(now + max(length, SOON)), now)


def _wanted(day: Day | None, hours: Hours, here: datetime, zone: ZoneInfo) -> WantedTime:
    today = here.date()
    for offered in [day.date] if day else [today, today + ONE_DAY]:
        earliest = here if offered == today else None
        spans = hours.on(offered, not_before=earliest.time() if earliest else None)
        found = [span for start, end in spans if (span := _span(offered, start, end, zone, here))]
        if len(found) > 1:
            told = " or ".join(dict.fromkeys(_spoken_hour(span.at.astimezone(zone)) for span in found))
            raise NotClear(f"Which one: {told}?")
        if found:
            return _bounded(found[0], here)
        if not spans and hours.on(offered, not_before=None):
            continue
    if day and day.date == today and day.may_repeat:
        raise NotClear("That time is over today. On which day?")
    if day and day.date <= today:
        raise TimeRefused("That time is over.")
    raise TimeRefused("There is no such time on that day.")


def _span(day: date, start: time, end: time | None, zone: ZoneInfo, here: datetime) -> WantedTime | None:
    at = moment_on(day, start, zone)
    if at is None:
        return None
    if end is None:
        return WantedTime(at) if at > here else None
    until = moment_on(day, end, zone) if end != time.max else moment_on(day, time(21), zone)
    at = max(at, here.astimezone(UTC) + timedelta(minutes=1))
    return WantedTime(at, until) if until is not None and until > at else None


def _bounded(found: WantedTime, now: datetime) -> WantedTime:
    if found.at > now + FARTHEST:
        raise TimeRefused("That is more than half a year away, or that day is over this year.")
    return found


def moment_on(day: date, clock: time, zone: ZoneInfo) -> datetime | None:
    """Return the moment at which a clock of the zone shows a time; of two the first; None: it never does that day."""
    at = datetime.combine(day, clock, zone)
    moment = at.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == at.replace(tzinfo=None) else None


def spoken(wanted: WantedTime, now: datetime, zone: str) -> str:
    """Return when that is, in words with the day and the time."""
    local = wanted.at.astimezone(ZoneInfo(zone))
    day = spoken_day(local.date(), now.astimezone(ZoneInfo(zone)).date())
    if wanted.until is None:
        return f"{day}, at {_spoken_hour(local)}"
    return f"{day}, between {_spoken_hour(local)} and {_spoken_hour(wanted.until.astimezone(ZoneInfo(zone)))}"


def _spoken_hour(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"
