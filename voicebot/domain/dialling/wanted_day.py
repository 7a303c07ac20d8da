"""The day that somebody names: today, tomorrow, Monday, the 5th, December 5; what may be two days is asked for."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from voicebot.domain.dialling.clock_words import MONTHS, WEEKDAYS

ONE_DAY = timedelta(days=1)


class NotClear(Exception):
    """It can be meant in several ways, or says too little; `question` asks the person."""

    def __init__(self, question: str) -> None:
        super().__init__(question)
        self.question = question


class TimeRefused(Exception):
    """A call is impossible then; `words` say why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True)
class Day:
    """A day that was named. `may_repeat`: "the 5th" said on the 5th may be the one of next month."""

    date: date
    may_repeat: bool = False


_DAY = "|".join(WEEKDAYS)
_MONTH = "|".join(MONTHS)
_YEAR = r"(?:,? (?P<year>20\d\d))?"
_ISO = re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)(?:t|\b)")
_MONTH_DAY = re.compile(
    rf"\b(?P<name>{_MONTH})(?: the)? (?P<day>\d\d?)(?:st|nd|rd|th)?\b(?!:)(?! ?[ap]m){_YEAR}"
)
_DAY_MONTH = re.compile(rf"\b(?:the )?(?P<day>\d\d?)(?:st|nd|rd|th)?(?: of)? (?P<name>{_MONTH})\b{_YEAR}")
# Half past nine is written 9.30, too: a date with dots has its year.
_NUMERIC = re.compile(
    r"(?<![\d:.])(?:(?P<one>\d\d?)/(?P<two>\d\d?)(?:/(?P<year>(?:20)?\d\d))?"
    r"|(?P<dotted>\d\d?)\.(?P<month>\d\d?)\.(?P<of>(?:20)?\d\d))(?![\d:/.])"
)
_NTH = re.compile(r"\b(?:on )?(?:the )?(?P<day>\d\d?)(?:st|nd|rd|th)\b(?: of (?P<which>next|this) month)?")
_IN_DAYS = re.compile(
    r"\b(?:in (?P<n>\d+|an?|a couple of|couple of) (?P<unit>day|week|month)s?(?:'? time)?"
    r"|(?P<many>\d+|an?|a couple of) (?P<units>day|week|month)s? from (?:now|today)|(?P<week>today|tomorrow) week)\b"
)
_WEEK_AHEAD = re.compile(
    rf"\b(?:(?P<one>{_DAY}) (?:of )?next week|next week (?:on )?(?P<two>{_DAY})|a week from (?P<three>{_DAY})|(?P<four>{_DAY}) week)\b"
)
_WEEKDAY = re.compile(
    rf"\b(?:(?P<how>next|this|the coming|coming|the following|following) )?(?P<day>{_DAY})\b"
)
_TWO_DAYS = re.compile(
    rf"\b(?:{_DAY}|tomorrow|today) (?:or|and) (?:on )?(?:{_DAY}|tomorrow|today|the day after)\b|\b(?:{_DAY}) (?:to|until|through) (?:{_DAY})\b"
)
_OVER = re.compile(rf"\b(?:yesterday|last (?:{_DAY}|week|night|month)|(?:days?|hours?|weeks?) ago)\b")
_HOLIDAY = re.compile(
    r"\b(?:easter|thanksgiving|black friday|halloween|valentine'?s?|independence|labou?r day|memorial day|holidays?|birthday|pay ?day|"
    r"ramadan|hanukkah|eid|diwali|lent|weihnacht\w*|ostern|pfingsten|silvester|navidad|nochevieja|noel|paques|natale|pasqua|natal|pascoa)\b"
)
"""Days without a date in the words, or whose date differs from year to year."""
_MONTH_ALONE = re.compile(rf"\b(?:{'|'.join(month for month in MONTHS if month not in ('may', 'march'))})\b")
_VAGUE = re.compile(
    r"\b(?:next week|this week|next month|week ?end|weekends|mornings|afternoons|evenings|nights|every ?day|week ?days?|next year|1 day|some ?day|1 of these days)\b"
)


def wanted_day(text: str, here: datetime, *, month_first: bool) -> tuple[Day | None, str]:
    """Return the day, and the words without it; None: none is named. Raises NotClear, TimeRefused.

    `text` as `clock_words.in_one_form` gives it; `here` by the person's own clock.
    """
    today = here.date()
    if _OVER.search(text):
        raise TimeRefused("That day is over.")
    if _TWO_DAYS.search(text):
        raise NotClear("Which of these days?")
    if _HOLIDAY.search(text):
        raise NotClear("On which date, and at what time?")
    for pattern, read in _READERS:
        if found := pattern.search(text):
            day = read(found, today, month_first)
            # The night of "tonight" is said of the hour, too.
            kept = " night " if "night" in found[0] else " "
            rest = f"{text[: found.start()]}{kept}{text[found.end() :]}"
            # "Monday the 7th" has to be one day.
            _agrees(day.date, rest)
            return day, rest
    if _VAGUE.search(text) or _MONTH_ALONE.search(text):
        raise NotClear("On which day exactly, and at what time?")
    return None, text


def spoken_day(day: date, today: date) -> str:
    """Return a day as people say it, with its date."""
    near = {today: "today, ", today + ONE_DAY: "tomorrow, "}.get(day, "")
    return f"{near}{day:%A}, {day:%B} {day.day}{f', {day.year}' if day.year != today.year else ''}"


def names_of(day: date, today: date) -> frozenset[str]:
    """Return the words that name the day: `tomorrow` and `thursday`."""
    near = {today: ("today", "tonight"), today + ONE_DAY: ("tomorrow",)}.get(day, ())
    return frozenset({WEEKDAYS[day.weekday()], *near})


def _agrees(day: date, rest: str) -> None:
    named = {found["day"] for found in _WEEKDAY.finditer(rest)}
    if named and WEEKDAYS[day.weekday()] not in named:
        told = next(iter(named)).capitalize()
        raise NotClear(f"{day:%B} {day.day} is a {day:%A}, not a {told}. Which day is meant?")


def _dated(year: int, month: int, day: int) -> Day:
    try:
        return Day(date(year, month, day))
    except ValueError:
        raise NotClear("There is no such date. Which day is meant?") from None


def _coming(month: int, day: int, year: str | None, today: date) -> Day:
    if year:
        return _dated(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    this = _dated(today.year, month, day) if (month, day) != (2, 29) else Day(date(2024, 2, 29))
    return this if this.date >= today else _dated(today.year + 1, month, day)


def _iso(found: re.Match[str], _today: date, _first: bool) -> Day:
    return _dated(int(found["year"]), int(found["month"]), int(found["day"]))


def _named(found: re.Match[str], today: date, _first: bool) -> Day:
    return _coming(MONTHS.index(found["name"]) + 1, int(found["day"]), found["year"], today)


def _numeric(found: re.Match[str], today: date, month_first: bool) -> Day:
    if found["dotted"]:
        return _coming(int(found["month"]), int(found["dotted"]), found["of"], today)
    one, two = int(found["one"]), int(found["two"])
    if one <= 12 and two <= 12 and one != two and not found["year"]:
        first, second = (_coming(m, d, None, today).date for m, d in ((one, two), (two, one)))
        usual = first if month_first else second
        if usual == min(first, second):
            # How the country writes it, and the next of both.
            return Day(usual)
        near = [day for day in (first, second) if day - today <= timedelta(days=180)]
        if len(near) == 2:
            raise NotClear(f"Is it {first:%B} {first.day} or {second:%B} {second.day}?")
        if near:
            return Day(near[0])
    month, day = (one, two) if month_first else (two, one)
    if month > 12 >= day:
        month, day = day, month
    return _coming(month, day, found["year"], today)


def _nth(found: re.Match[str], today: date, _first: bool) -> Day:
    day = int(found["day"])
    if not 1 <= day <= 31:
        raise NotClear("There is no such date. Which day is meant?")
    begin = today.replace(day=1)
    for months in range(1 if found["which"] == "next" else 0, 3):
        month = begin + relativedelta(months=months)
        if day <= monthrange(month.year, month.month)[1] and month.replace(day=day) >= today:
            return Day(month.replace(day=day), may_repeat=found["which"] is None)
    raise NotClear("There is no such date. Which day is meant?")


def _in_days(found: re.Match[str], today: date, _first: bool) -> Day:
    if found["week"]:
        return Day(today + timedelta(days=8 if found["week"] == "tomorrow" else 7))
    said, unit = found["n"] or found["many"], found["unit"] or found["units"]
    number = min({"a": 1, "an": 1, "a couple of": 2, "couple of": 2}.get(said) or int(said[:4]), 400)
    if unit == "month":
        return Day(today + relativedelta(months=number))
    return Day(today + timedelta(days=number * (7 if unit == "week" else 1)))


def _near(found: re.Match[str], today: date, _first: bool) -> Day:
    return Day(
        today + {"day after tomorrow": 2 * ONE_DAY, "tomorrow": ONE_DAY}.get(found["day"], timedelta())
    )


def _week_ahead(found: re.Match[str], today: date, _first: bool) -> Day:
    name = next(filter(None, found.groups()))
    if found["three"] or found["four"]:
        return Day(_next(name, today) + timedelta(days=7))
    monday = today + timedelta(days=7 - today.weekday())
    return Day(monday + timedelta(days=WEEKDAYS.index(name)))


def _weekday(found: re.Match[str], today: date, _first: bool) -> Day:
    coming, how = _next(found["day"], today), found["how"]
    if today.weekday() == WEEKDAYS.index(found["day"]) and how is None:
        raise NotClear(f"Is it today, or {spoken_day(coming, today)}?")
    if how == "this" and coming - today == timedelta(days=7):
        return Day(today)
    # Later in this week people mean either by "next".
    if how == "next" and coming - today < timedelta(days=7) and coming.weekday() > today.weekday():
        after = coming + timedelta(days=7)
        raise NotClear(f"Is it {spoken_day(coming, today)}, or {spoken_day(after, today)}?")
    return Day(coming)


def _next(name: str, today: date) -> date:
    return today + timedelta(days=(WEEKDAYS.index(name) - today.weekday() - 1) % 7 + 1)


_NEAR = re.compile(
    r"\b(?:the )?(?P<day>day after tomorrow|tomorrow|today|to ?night|this (?=morning\b|afternoon\b|evening\b))"
)
_READERS = (
    (_ISO, _iso), (_MONTH_DAY, _named), (_DAY_MONTH, _named), (_NUMERIC, _numeric), (_IN_DAYS, _in_days),
    (_WEEK_AHEAD, _week_ahead), (_NTH, _nth), (_NEAR, _near), (_WEEKDAY, _weekday),
)  # fmt: skip
