"""Read from a fact on which days and from when to when something is open: `Mon-Fri 9-18, Sat 10-2, closed on Sundays`.

A sentence is cut into clauses; the days of a clause belong to its times. Where several rules name a day, the one for
fewer days counts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.providers.brain.moments import DAY_NAME, day_number

ALL_DAYS = frozenset(range(7))
_EVENING_FROM = 12 * 60
_NO_HOUR_BEFORE = 8 * 60
"""What closes at an hour before this one, and says no more, closes after noon."""

_HOUR_WORDS = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_HOUR_WORD = "|".join(_HOUR_WORDS)
_CLOCK = (
    rf"(?:noon|midday|midnight|(?:half past |quarter past |quarter to )?(?:{_HOUR_WORD}|\d{{1,2}}(?:[:.]\d\d)?)(?![\d%])"
    r"(?:[ -](?:thirty|fifteen|forty-five)\b)?(?: ?(?:o'clock|a\.?m\b\.?|p\.?m\b\.?|h\b))?"
    r"(?: (?:in the (?:early )?(?:morning|afternoon|evening)|at night|sharp))?)"
)
_NO_COUNT = (
    r"(?!\s*-?\s*(?:\w+ )?(?:days?|hours?|minutes?|weeks?|months?|years?|euros?|dollars?|pounds?|percent|people|persons|"
    r"guests|km|miles|metres|meters)\b)(?![\d,]*\s*[€$£%])"
)
_TIMES = re.compile(
    rf"(?P<always>\b24 ?/ ?7\b|\b24 hours\b|\b(?:a)?round the clock\b)"
    rf"|\bbetween (?P<low>{_CLOCK}) and (?P<high>{_CLOCK}){_NO_COUNT}"
    rf"|(?:\bfrom )?\b(?P<start>{_CLOCK}) ?(?:-|to|until|till|through) ?(?P<end>{_CLOCK}){_NO_COUNT}"
    rf"|\b(?:until|till|clos(?:e|es|ed|ing) at|ends? at) (?P<until>{_CLOCK}){_NO_COUNT}"
    rf"|\b(?:from|opens? at|opened at|opening at|(?:begin|start)s? at) (?P<since>{_CLOCK}){_NO_COUNT}",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"\b({DAY_NAME})\s*(?:-|to|through|thru|until|till)\s*({DAY_NAME})(?!\w)", re.IGNORECASE)
_DAY = re.compile(rf"\b({DAY_NAME})(?!\w)", re.IGNORECASE)
_MANY_DAYS = (
    (re.compile(r"\b(?:daily|every ?day|each day|all week|(?:seven|7) days(?: a week)?)\b", re.I), ALL_DAYS),
    (
        re.compile(r"\b(?:week-?days|(?:working|business|work) ?days|during the week)\b", re.I),
        frozenset(range(5)),
    ),
    (re.compile(r"\bweek-?ends?\b", re.I), frozenset({5, 6})),
)
_CLOSED = re.compile(
    r"\bclosed\b|\bshut\b|\bday off\b|\brest(?:ing)? day\b|(?:\bnot|\bnever|n't) (?:\w+ )?open(?:ed)?\b", re.I
)
_EXCEPT = re.compile(r"\b(?:except|apart from|other than|excluding|but not|not)\b", re.I)
_CLAUSE = re.compile(
    rf"\s*[,;(]\s*(?:and |but )?|\.\s+|\s+but (?!not\b)|\s+and (?=(?:on |at |closed|(?:{DAY_NAME})(?!\w)|week-?ends?\b|never ))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Span:
    """One stretch of time in the fact's own words, and in minutes since midnight where it tells them."""

    words: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class Rule:
    """When something is open on some days of the week; without spans it is closed then, or open at times unknown."""

    days: frozenset[int]
    spans: tuple[Span, ...] = ()
    closed: bool = False


def read_rules(text: str) -> tuple[Rule, ...]:
    """Return the days and times in a fact; nothing for a fact about something else."""
    rules: list[Rule] = []
    waiting: frozenset[int] = frozenset()
    for clause in _CLAUSE.split(text.replace("–", "-").replace("—", "-").replace("’", "'")):
        shut = _CLOSED.search(clause) is not None
        days, left_out = (_named(clause), frozenset[int]()) if shut else _days(clause)
        if left_out:
            rules.append(Rule(left_out, closed=True))
        spans = () if shut else tuple(_spans(clause))
        if shut or spans:
            # What is closed for some hours, as over noon, is not closed that day.
            if not (shut and _TIMES.search(clause)):
                _add(rules, days | waiting, spans, shut)
            waiting = frozenset()
        else:
            waiting |= days
    if waiting:
        _add_days(rules, waiting)
    return tuple(rules)


def rule_for(weekday: int, rules: Iterable[Rule]) -> Rule | None:
    """Return the rule that counts on a day."""
    named = [rule for rule in rules if weekday in rule.days]
    return min(named, key=lambda rule: len(rule.days), default=None)


def is_open(rule: Rule, minutes: int, rules: Sequence[Rule]) -> bool | None:
    """Return whether it is open at a time of day; None when the fact does not tell times."""
    if rule.closed:
        return False
    if not rule.spans:
        return None
    usual = [span.start for one in rules for span in one.spans if span.start is not None]
    opens = [usual[0] if usual and span.start is None else span.start or 0 for span in rule.spans]
    ends = [24 * 60 if span.end is None else span.end for span in rule.spans]
    return any(start <= minutes < end for start, end in zip(opens, ends, strict=True))


def _add(rules: list[Rule], days: frozenset[int], spans: tuple[Span, ...], shut: bool) -> None:
    last = rules[-1] if rules else None
    if not days and last is not None and not shut and last.spans and not last.closed:
        # "Mon-Fri 9-12, 14-18"
        rules[-1] = Rule(last.days, (*last.spans, *spans))
    elif days or spans:
        shut_days = frozenset(day for rule in rules if rule.closed for day in rule.days)
        rules.append(Rule(days or ALL_DAYS - shut_days, spans, shut))


def _add_days(rules: list[Rule], days: frozenset[int]) -> None:
    """Give days that no time followed to the rule before them, as in `closed on Mondays and Tuesdays`."""
    if rules and not (rules[-1].days & days):
        rules[-1] = Rule(rules[-1].days | days, rules[-1].spans, rules[-1].closed)
    else:
        rules.append(Rule(days))


def _days(clause: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return the days that a clause names, and those that it leaves out."""
    excluded = _EXCEPT.search(clause)
    named = _named(clause[: excluded.start()] if excluded else clause)
    left_out = _named(clause[excluded.end() :]) if excluded else frozenset()
    return (named or (ALL_DAYS if left_out else named)) - left_out, left_out


def _named(text: str) -> frozenset[int]:
    days: set[int] = set()
    for pattern, many in _MANY_DAYS:
        if pattern.search(text):
            days |= many
    for first, last in _RANGE.findall(text):
        start, end = day_number(first), day_number(last)
        days |= {(start + n) % 7 for n in range((end - start) % 7 + 1)}
    days |= {day_number(name) for name in _DAY.findall(text)}
    return frozenset(days)


def _spans(clause: str) -> Iterable[Span]:
    found = [_span(match) for match in _TIMES.finditer(clause)]
    if len(found) == 2 and found[0].end is None and found[1].start is None:
        # "opens at eight and closes at six"
        start, end = found[0].start, _after(found[1].end, found[0].start)
        return [Span(f"{found[0].words} {found[1].words}", start, end)]
    return found


def _span(match: re.Match[str]) -> Span:
    if match["always"]:
        return Span(match["always"], 0, 24 * 60)
    start, end = match["start"] or match["low"], match["end"] or match["high"]
    if start and end:
        opens = _minutes(start, None)
        # "2 to 6 p.m."
        if re.search(r"p\.?m", end, re.I) and not re.search(r"[ap]\.?m", start, re.I):
            closes = _minutes(end, None)
            opens = opens + 12 * 60 if opens + 12 * 60 < closes and opens < 7 * 60 else opens
        return Span(f"from {start} to {end}", opens, _minutes(end, opens))
    if match["until"]:
        return Span(f"until {match['until']}", None, _minutes(match["until"], None, closes=True))
    return Span(f"from {match['since']}", _minutes(match["since"], None), None)


def _minutes(words: str, after: int | None, *, closes: bool = False) -> int:
    """Return a time of day in minutes; `after` is when it began, where it is an end."""
    said = words.lower()
    if said.startswith("midnight"):
        return 24 * 60 if closes or after is not None else 0
    if said.startswith(("noon", "midday")):
        return 12 * 60
    clock = re.search(rf"({_HOUR_WORD}|\d{{1,2}})(?:[:.](\d\d))?", said)
    if clock is None:
        return 0
    hour = int(clock[1]) if clock[1].isdigit() else _HOUR_WORDS.index(clock[1]) + 1
    minutes = hour * 60 + int(clock[2] or 0)
    minutes += 30 if "half past" in said or "thirty" in said else 15 if "quarter past" in said else 0
    minutes -= 15 if "quarter to" in said else 0
    if re.search(r"p\.?m|afternoon|evening|night", said) and hour < 12:
        return minutes + 12 * 60
    if re.search(r"a\.?m|morning", said):
        return minutes % (12 * 60)
    if after is not None:
        return _after(minutes, after)
    return minutes + 12 * 60 if closes and minutes < _NO_HOUR_BEFORE else minutes


def _after(end: int | None, start: int | None) -> int:
    """Return an end whose half of the day is missing: the first such time after the start."""
    if end is None:
        return 24 * 60
    return end + 12 * 60 if start is not None and end <= start and end <= _EVENING_FROM else end
