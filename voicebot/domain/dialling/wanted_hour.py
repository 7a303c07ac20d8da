"""Find the hours that somebody names: at nine, half past three, after six, between two and four, in the morning.

An hour without "in the morning" or PM means the one at which people may be called; when both are possible, the bot
asks.
"""

import re
from dataclasses import dataclass
from datetime import time

from voicebot.domain.dialling.wanted_day import NotClear

FIRST, LAST = time(8), time(21)
"""When people are called as a rule: an hour that may be meant in two ways is the one between these."""
PARTS = {
    "early morning": (time(8), time(10)), "late morning": (time(10), time(12)), "morning": (time(8), time(12)),
    "early afternoon": (time(12), time(15)), "late afternoon": (time(15), time(18)), "afternoon": (time(12), time(17)),
    "early evening": (time(17), time(19)), "late evening": (time(19), time(21)), "evening": (time(17), time(21)),
    "night": (time(18), time(21)), "lunch": (time(12), time(13)), "noon": (time(12), time(12)),
}  # fmt: skip
_PART = re.compile(rf"\b(?P<part>{'|'.join(PARTS)})s?\b")
_EITHER = re.compile(r"\b\d{1,2}(?::\d\d)?(?: ?[ap]m| ?o'clock)? or (?:at )?(?:half past )?\d{1,2}\b")
_MINUTES_BEFORE = re.compile(
    r"(?<!from )(?<!between )\b(?P<minutes>5|10|20|25) (?:minutes? )?to (?P<hour>\d{1,2})\b(?!:)"
)
_CLOCK = (
    r"(?:half past (?P<hp{0}>\d{{1,2}})|half (?P<ha{0}>\d{{1,2}})\b(?! an?\b)|(?:a )?quarter (?P<qs{0}>past|after|to|of|before) (?P<q{0}>\d{{1,2}})"
    r"|(?P<ms{0}>\d{{1,2}}) (?:minutes? )?(?P<mr{0}>past|to) (?P<m{0}>\d{{1,2}})"
    r"|(?P<h{0}>\d{{1,2}})(?:[:.h](?P<mi{0}>\d\d)(?::\d\d(?:\.\d+)?)?| (?P<sp{0}>[0-5]\d))?|(?P<noon{0}>noon)|(?P<mid{0}>midnight))"
    r"(?: ?o'clock)?(?: ?(?P<ap{0}>am|pm)\b)?(?: (?:sharp|exactly|ish))?(?: in the (?P<in{0}>morning|afternoon|evening)| at (?P<at{0}>night))?"
)
_CLOCK_ONE, _CLOCK_TWO = _CLOCK.format(1), _CLOCK.format(2)
_BETWEEN = re.compile(
    rf"\b(?:(?:between|from) {_CLOCK_ONE} ?(?:and|to|until|-) ?{_CLOCK_TWO}|{_CLOCK_ONE.replace('1>', '3>')} ?(?:to|until|-) ?{_CLOCK_TWO.replace('2>', '4>')})(?![\w:])"
)
_WITH = re.compile(
    rf"(?:\b(?P<how>any time after|sometime after|after|past|from|not before|later than|before|by|until|no later than|not after|at about|at around|at|around|about|towards) )?(?<![\w:.+/-]){_CLOCK_ONE}(?P<on>(?: onwards| or later)?)(?![\w:/])"
)
_LATER, _EARLIER = (
    ("after", "past", "from", "not before", "later than"),
    ("before", "by", "until", "no later than", "not after"),
)


@dataclass(frozen=True)
class _Clock:
    """A time on a clock; `half`: morning or evening was said, or the day has 24 hours."""

    hour: int
    minute: int
    half: str | None = None

    def readings(self) -> list[time]:
        """Return the times that it may be."""
        hour = self.hour
        if self.half == "24" or hour > 12 or hour == 0:
            return [time(hour, self.minute)]
        if self.half == "am":
            return [time(hour % 12, self.minute)]
        if self.half == "pm":
            return [time(hour % 12 + 12, self.minute)]
        return [time(hour % 12, self.minute), time(hour % 12 + 12, self.minute)]


@dataclass(frozen=True)
class Hours:
    """Hours that were named: one time, a window, or what may be either of two."""

    start: _Clock | None = None
    end: _Clock | None = None
    part: tuple[time, time] | None = None
    exact: bool = False

    def on(self, _day: object, *, not_before: time | None) -> list[tuple[time, time | None]]:
        """Return (time, None) or (from, until) for each way in which it can be meant; none where all are over."""
        spans = self._spans()
        left = [span for span in spans if not_before is None or (span[1] or span[0]) > not_before]
        usual = [span for span in left if _is_usual(*span)]
        # What lies at night in every reading was meant so, and is refused by those who know the hours.
        return usual or ([] if any(_is_usual(*span) for span in spans) else left)

    def _spans(self) -> list[tuple[time, time | None]]:
        if self.start and self.end:
            starts, ends = self.start.readings(), self.end.readings()
            pairs: list[tuple[time, time | None]] = []
            for start in starts:
                later = [end for end in ends if end > start]
                pairs += [(start, min(later))] if later else []
            usual = [pair for pair in pairs if _is_usual(*pair)]
            return (
                usual[:1]
                if self.start.half is None and len(usual) == 2 and not self.exact
                else usual or pairs
            )
        if self.start:
            close = self.part[1] if self.part else time.max
            return [(start, None if self.exact else close) for start in self.start.readings()]
        if self.end:
            begin = self.part[0] if self.part else FIRST
            return [(min(begin, end), end) for end in self.end.readings() if end > FIRST] or [
                (time(0), time(0, 1))
            ]
        assert self.part is not None
        return [(self.part[0], None if self.part[0] == self.part[1] else self.part[1])]


def wanted_hours(text: str) -> Hours | None:
    """Return the hours that the words name; None: they name none. Raises NotClear."""
    part = _part(text)
    half = _half_of(part)
    if _EITHER.search(text):
        raise NotClear("Which of these times?")
    short = _MINUTES_BEFORE.search(text)
    if short and int(short["minutes"]) in (5, 10) and int(short["hour"]) > int(short["minutes"]):
        raise NotClear(
            f"Is it {short['minutes']} minutes before {short['hour']}, or from {short['minutes']} until {short['hour']}?"
        )
    if short is None and (found := _BETWEEN.search(text)):
        one, two = ("1", "2") if found["h1"] or _any(found, "1") else ("3", "4")
        start, end = _clock(found, one, None), _clock(found, two, half)
        if start.half is None and half is not None:
            start = _Clock(
                start.hour, start.minute, half if start.hour <= end.hour or end.hour == 12 else None
            )
        return Hours(start, end)
    named: list[Hours] = []
    for found in _WITH.finditer(text):
        how = found["how"] or ""
        bare = not (how or found["mi1"] or found["ap1"] or found["in1"] or found["at1"] or not found["h1"])
        if bare and not _stands_alone(text, found):
            continue
        clock = _clock(found, "1", half)
        named.append(_hours(clock, how, part, onwards=bool(found["on"])))
    if len(set(named)) > 1:
        raise NotClear("Which of these times?")
    if named:
        return named[0]
    if re.search(r"\b(?:after|before) (?:lunch|work|school|dinner|breakfast)\b", text):
        raise NotClear("At what time is that?")
    return Hours(part=part) if part else None


def _hours(clock: _Clock, how: str, part: tuple[time, time] | None, *, onwards: bool) -> Hours:
    if how in _EARLIER:
        return Hours(end=clock, part=part)
    if onwards or any(how.endswith(word) for word in _LATER):
        return Hours(clock, part=part if part and _is_within(clock, part) else None)
    return Hours(clock, exact=True)


def _stands_alone(text: str, found: re.Match[str]) -> bool:
    """Take a bare hour when no other word can be one: "tomorrow 9", "9 in the evening"."""
    rest = re.sub(r"\b(?:please|in|the|me|call|ring|phone|on|o'clock|ok|then|say|maybe|perhaps|morning|afternoon|evening|night)\b", "",
                  text[: found.start()] + text[found.end() :])  # fmt: skip
    return not rest.strip(" ,.-") or "o'clock" in found[0]


def _any(found: re.Match[str], which: str) -> bool:
    return any(found[name + which] for name in ("hp", "ha", "q", "m", "noon", "mid"))


def _part(text: str) -> tuple[time, time] | None:
    found = _PART.search(text)
    return PARTS[found["part"]] if found and found["part"] != "noon" else None


def _half_of(part: tuple[time, time] | None) -> str | None:
    if part is None or part == PARTS["lunch"]:
        return None
    return "am" if part[1] <= time(12) else "pm"


def _is_within(clock: _Clock, part: tuple[time, time]) -> bool:
    return any(reading < part[1] for reading in clock.readings())


def _clock(found: re.Match[str], which: str, half: str | None) -> _Clock:
    def got(name: str) -> str | None:
        return found[name + which]

    said = (
        got("ap") or {"morning": "am", "afternoon": "pm", "evening": "pm"}.get(got("in") or "") or got("at")
    )
    if got("noon"):
        return _Clock(12, 0, "pm")
    if got("mid"):
        return _Clock(0, 0, "24")
    hour, minute = 0, 0
    if whole := got("hp") or got("ha"):
        hour, minute = int(whole), 30
    elif whole := got("q"):
        hour, minute = _beside(int(whole), 15, back=got("qs") in ("to", "of", "before"))
    elif whole := got("m"):
        hour, minute = _beside(int(whole), int(got("ms") or 0), back=got("mr") == "to")
    else:
        hour, minute = int(got("h") or 0), int(got("mi") or got("sp") or 0)
        # 09:00 is how clocks with 24 hours write it.
        said = said or ("24" if (got("h") or "").startswith("0") and got("mi") else None)
    if said == "night":
        said = "am" if hour < 6 or hour == 12 else "pm"
    if hour > 23 or minute > 59:
        raise NotClear("There is no such time. At what time?")
    noon_in_the_morning = said is None and half == "am" and hour == 12
    return _Clock(hour, minute, "pm" if noon_in_the_morning else said or half)


def _beside(hour: int, minutes: int, *, back: bool) -> tuple[int, int]:
    if not 0 < hour <= 24 or not 0 <= minutes < 60:
        raise NotClear("There is no such time. At what time?")
    return ((hour - 1) or 12, 60 - minutes) if back and minutes else (hour % 24, minutes)


def _is_usual(start: time, end: time | None) -> bool:
    if end is None or end == time.max:
        return FIRST <= start < LAST
    return start >= FIRST and end <= LAST
