"""Answer the demo brain's questions about opening hours: which days and times are meant, and what the facts say of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from simulator.providers.brain.facts import ABOUT_ITSELF, Fact
from simulator.providers.brain.moments import (
    DAY_NAME,
    DAYS,
    AskedDay,
    Now,
    asked_days,
    asks_right_now,
    read_now,
)
from simulator.providers.brain.opening_hours import Rule, is_open, read_rules, rule_for
from simulator.providers.brain.phrasing import sentence
from simulator.providers.brain.synonyms import has_any
from simulator.providers.brain.words import tokens, word_set

MOST_FACTS = 4
_DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]+")
_AHEAD = {"today": 0, "tomorrow": 1}
_HOURS = re.compile(r"\b(?:open(?:s|ed|ing)?|clos(?:e|es|ed|ing)|hours?|shut)\b", re.IGNORECASE)
_TIMED = re.compile(
    rf"\b(?:open(?:s|ed|ing)?|clos(?:e|es|ed|ing)|hours|served?|begins?|starts?|{DAY_NAME}|daily|every day)(?!\w)",
    re.IGNORECASE,
)
_COMES = re.compile(
    r"\b(?:(?:come|drop|stop|swing|pop|walk)(?: by| in| over| round)?|visit(?: you)?|(?:are|be) (?:you |you guys )?(?:there|in|around|available)"
    r"|reach (?:you|someone|somebody|anyone))\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\b(?:when|what times?|until when|till when|how (?:late|early|long)|which days?|what days?)\b", re.I
)
_GOES_ON = re.compile(r"^\W*(?:and|what about|how about)\b", re.IGNORECASE)
_YOU = re.compile(r"\b(?:you|u|ya|they|guys)\b", re.IGNORECASE)
_ASKS_IF = re.compile(
    r"^\W*(?:(?:and|so|but|hi|hello|hey|ok|okay|excuse me|sorry|please|now|oh)\b[\s,.!]*)*(?:are|is|do|does|will|can|could|would|r)\b",
    re.IGNORECASE,
)
_NO_SUBJECT = frozenset(tokens(
    "open opening opened close closing closed hours hour time day week weekend weekday office shop store business place "
    "company morning afternoon evening night noon tomorrow late early until till start begin work door public monday "
    "tuesday wednesday thursday friday saturday sunday daily every normal regular usual exactly currently moment already "
    "yet come drop stop swing pop walk visit reach available around guys later hey hi hello morning one two three four "
    "five six seven eight nine ten eleven twelve pm am"
)) | word_set("mon tue tues wed thu thur thurs fri sat sun after before by")  # fmt: skip


@dataclass(frozen=True)
class _Hours:
    """The facts about one thing's hours, and all their rules together."""

    subject: str
    """As an answer begins: `we`, `the reception`."""
    facts: tuple[Fact, ...]
    rules: tuple[Rule, ...]


def tell_hours(question: str, facts: Sequence[Fact], prompt: str) -> str:
    """Return the facts' answer about the asked times; blank when the question is about something else."""
    now = read_now(prompt)
    days = asked_days(question, now)
    speaks_of_hours = _HOURS.search(question) is not None
    comes = _COMES.search(question) is not None and bool(days)
    goes_on = bool(days) and _GOES_ON.search(question) is not None
    if not (speaks_of_hours or comes or goes_on or (_WHEN.search(question) and days)):
        return ""
    own = frozenset(
        token for fact in facts if fact.text.startswith(ABOUT_ITSELF) for token in tokens(fact.text)
    )
    hours = _meant(question, _grouped(facts, own), own, generic=speaks_of_hours or comes or goes_on)
    if hours is None:
        return ""
    if not days:
        # "What does it cost to open a door?" has a word for hours and asks for none.
        told = speaks_of_hours and (
            _WHEN.search(question) or _only_hours(question, own) or _YOU.search(question)
        )
        return _as_told(hours) if told else ""
    holidays = _days_off(facts) if hours.subject == "we" else frozenset[str]()
    off = [f"{day.label} we are closed" for day in days if _date_of(day, now) in holidays]
    if off:
        asks_for_closed = re.search(r"\bclosed?\b", question, re.IGNORECASE) is not None
        answer = f"{'yes' if asks_for_closed else 'no'}, " if _ASKS_IF.search(question) is not None else ""
        return sentence(answer + ", and ".join(off))
    if asks_right_now(question) and now.minutes is not None:
        return _right_now(hours, days[0], now)
    return _on_days(question, hours, days, now)


def _days_off(facts: Sequence[Fact]) -> frozenset[str]:
    """Return the holidays that the facts name, each as `24 December`."""
    told = " ".join(fact.text for fact in facts if fact.text.startswith("Holidays"))
    return frozenset(_DATE.findall(told))


def _date_of(day: AskedDay, now: Now) -> str:
    """Return the day as the facts name it; blank for one that is known by its weekday alone."""
    if named := _DATE.search(day.label):
        return named[0]
    ahead = next((days for word, days in _AHEAD.items() if day.label.startswith(word)), None)
    if now.day is None or ahead is None:
        return ""
    date = now.day + timedelta(days=ahead)
    return f"{date.day} {date:%B}"


def _grouped(facts: Sequence[Fact], own: frozenset[str]) -> list[_Hours]:
    """Return the facts that tell times, by what they tell of, in their order."""
    groups: dict[frozenset[str], _Hours] = {}
    for fact in facts:
        if fact.text.startswith(ABOUT_ITSELF) or not _TIMED.search(f"{fact.section} {fact.text}"):
            continue
        rules = tuple(rule for rule in read_rules(fact.text) if rule.spans or rule.closed)
        if not rules:
            continue
        subject = re.split(
            rf"\b(?:is|are|opens?|closes?|closed|hours|stays?|have|has|starts?|begins?)\b|:|\b(?:{DAY_NAME})(?!\w)|\d|\bfrom\b",
            fact.text,
            maxsplit=1,
            flags=re.IGNORECASE,
        )[0]
        key = frozenset(tokens(subject)) - _NO_SUBJECT - own
        name = subject.strip(" ,-") if key else "we"
        known = groups.get(key) or _Hours(name[:1].lower() + name[1:], (), ())
        groups[key] = _Hours(known.subject, (*known.facts, fact), (*known.rules, *rules))
    # Facts about the whole business come before facts about a part of it.
    return sorted(groups.values(), key=lambda group: group.subject != "we")


def _meant(question: str, groups: Sequence[_Hours], own: frozenset[str], *, generic: bool) -> _Hours | None:
    asked = _subject_of(question, own)
    for group in groups:
        held = {token for fact in group.facts for token in tokens(fact.text)} - _NO_SUBJECT - own
        if group.subject != "we" and any(has_any(token, held) for token in asked):
            return group
    if not groups or not generic or (asked and not _YOU.search(question)):
        return None
    return groups[0] if _HOURS.search(" ".join(f"{f.section} {f.text}" for f in groups[0].facts)) else None


def _subject_of(question: str, own: frozenset[str]) -> set[str]:
    return {token for token in tokens(question) if not token[0].isdigit()} - _NO_SUBJECT - own


def _only_hours(question: str, own: frozenset[str]) -> bool:
    return not _subject_of(question, own)


def _as_told(hours: _Hours) -> str:
    return " ".join(sentence(fact.text) for fact in hours.facts[:MOST_FACTS])


def _right_now(hours: _Hours, today: AskedDay, now: Now) -> str:
    rule = rule_for(today.weekday, hours.rules)
    opened = None if rule is None or now.minutes is None else is_open(rule, now.minutes, hours.rules)
    if rule is None:
        return _unknown_day(hours, today)
    told = _told(hours, today, rule, past=_is_past(today, rule, now))
    if opened is None:
        return sentence(told)
    return sentence(f"{'yes' if opened else 'no'}, {told}")


def _on_days(question: str, hours: _Hours, days: Sequence[AskedDay], now: Now) -> str:
    parts, closed = [], []
    for day in days:
        rule = rule_for(day.weekday, hours.rules)
        if rule is None:
            return _unknown_day(hours, day)
        past = _is_past(day, rule, now)
        parts.append(_told(hours, day, rule, past=past))
        closed.append(rule.closed or past)
    words = ", and ".join(parts)
    if not _ASKS_IF.search(question) or len(set(closed)) > 1:
        return sentence(words)
    asks_for_closed = re.search(r"\bclosed?\b", question, re.IGNORECASE) is not None
    return sentence(f"{'yes' if closed[0] == asks_for_closed else 'no'}, {words}")


def _is_past(day: AskedDay, rule: Rule, now: Now) -> bool:
    """Whether it was open earlier today."""
    if not day.label.startswith("today") or now.minutes is None or rule.closed or not rule.spans:
        return False
    ends = [span.end for span in rule.spans]
    return all(end is not None and end <= now.minutes for end in ends)


def _told(hours: _Hours, day: AskedDay, rule: Rule, *, past: bool = False) -> str:
    plural = hours.subject == "we" or re.search(r"\band\b|[^s]s$", hours.subject) is not None
    verb = ("were" if plural else "was") if past else "are" if plural else "is"
    label = day.label
    if rule.closed:
        return f"{label} {hours.subject} {verb} closed"
    opens = "open " if any(_HOURS.search(f"{f.section} {f.text}") for f in hours.facts) else ""
    spans = " and ".join(span.words for span in rule.spans)
    return f"{label} {hours.subject} {verb} {opens}{spans}".rstrip()


def _unknown_day(hours: _Hours, day: AskedDay) -> str:
    return f"I know of no hours on {DAYS[day.weekday]}. {_as_told(hours)}"
