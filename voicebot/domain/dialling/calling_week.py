"""Calling hours as people write them: `mon-fri 09:00-17:00, sat 10:00-14:00`."""

import re

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = re.compile(r"(?P<first>[a-z]{3})[a-z]*(?:-(?P<last>[a-z]{3})[a-z]*)?")
_SPAN = re.compile(r"(?P<from>\d{1,2})(?::(?P<from_minute>\d\d))?-(?P<to>\d{1,2})(?::(?P<to_minute>\d\d))?")
EXPECTED = "expected hours like `mon-fri 09:00-17:00, sat 10:00-14:00`"


def week_of(text: str) -> dict[str, list[list[str]]]:
    """Return the week that the words name; days that they leave out are closed. Raises ValueError with what was expected."""
    week: dict[str, list[list[str]]] = {}
    days: list[str] = []
    for word in text.lower().replace(",", " ").replace(";", " ").split():
        if span := _SPAN.fullmatch(word):
            if not days:
                raise ValueError(EXPECTED)
            for day in days:
                week.setdefault(day, []).append([_clock(span, "from"), _clock(span, "to")])
        elif named := _DAYS.fullmatch(word):
            days = _named(named)
        else:
            raise ValueError(f"{EXPECTED}; {word[:20]!r} is neither a day nor hours")
    if not week:
        raise ValueError(EXPECTED)
    return {day: sorted(week[day]) for day in DAYS if day in week}


def words_of(week: dict[str, list[list[str]]]) -> str:
    """Return a week in those words, days with the same hours together."""
    told: list[str] = []
    place = 0
    while place < len(DAYS):
        spans, last = week.get(DAYS[place]) or [], place
        while last + 1 < len(DAYS) and (week.get(DAYS[last + 1]) or []) == spans:
            last += 1
        if spans:
            days = DAYS[place] if last == place else f"{DAYS[place]}-{DAYS[last]}"
            told.append(f"{days} {' '.join('-'.join(span) for span in spans)}")
        place = last + 1
    return ", ".join(told) or "never"


def _named(found: re.Match[str]) -> list[str]:
    first, last = found["first"], found["last"] or found["first"]
    if first not in DAYS or last not in DAYS:
        raise ValueError(EXPECTED)
    begin, end = DAYS.index(first), DAYS.index(last)
    return [*DAYS[begin:], *DAYS[: end + 1]] if end < begin else list(DAYS[begin : end + 1])


def _clock(span: re.Match[str], which: str) -> str:
    return f"{int(span[which]):02d}:{span[f'{which}_minute'] or '00'}"
