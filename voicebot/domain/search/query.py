"""Read what somebody typed into the search box: words, and qualifiers like `outcome:busy` or `latency:>2s`.

Pure. A part that cannot be read comes back with what to write instead; the parts that can be read count.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.person.phone import parse_e164
from voicebot.domain.search.outcomes import CODES_OF_WORDS, outcome_codes
from voicebot.domain.search.pieces import BEGINNING, Piece, pieces
from voicebot.domain.search.values import moment_of, money_of, wait_of

LONGEST = 500
QUALIFIERS = {
    "person": 'whose name begins so: person:"Ada Lovelace"',
    "number": "a whole number, also without the word, or its beginning: number:+1202",
    "said": 'words of a call or a text, or a phrase: said:"call me back"',
    "outcome": "what came of it: outcome:busy",
    "status": "the carrier's last word: status:completed",
    "direction": "inbound or outbound",
    "tool": "a tool that the bot used: tool:transfer_call",
    "tag": "a tag that somebody gave the call: tag:refund",
    "campaign": 'a campaign, by its name: campaign:"spring"',
    "latency": "how long the caller waited at most for an answer: latency:>2s",
    "cost": "what the call cost: cost:>0.50",
    "after": "from this day or time on: after:2026-01-31, after:7d",
    "before": "until the beginning of this day, or this time: before:today",
}
"""Each qualifier, with what it means."""
WHOLE_NUMBER = "Your role finds numbers by all of their digits: write the whole number."
SEVERAL = ("said", "latency", "cost")
_EMPTY = re.compile(r"(?P<name>[^\W\d][\w-]*):(?=\s|$)", re.UNICODE)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\0": " "})
_WORD = re.compile(r"\w", re.UNICODE)
_NAMED = re.compile(rf"\b(?:{'|'.join(QUALIFIERS)}):\S", re.I)
_MINUS = re.compile(r"[-−–!](?P<rest>[^\W\d_].*|\".*)", re.DOTALL)
_JOINING = ("AND", "OR", "NOT")


@dataclass(frozen=True)
class Said:
    """Words that were said: as they stand when `phrase`, else each of them, at least its beginning."""

    text: str
    phrase: bool = False


@dataclass(frozen=True)
class Compared:
    """A number beside another: `op` is >, >=, <, <= or =."""

    op: str
    value: float


@dataclass(frozen=True)
class SearchQuery:
    """The conditions of a search; None means any value. Waits are in milliseconds; `since` is the first moment, `until`
    the end.
    """

    said: tuple[Said, ...] = ()
    person: str | None = None
    number: str | None = None
    prefix: str | None = None
    """Of a number."""
    outcome: tuple[str, ...] = ()
    """Codes of outcomes, reasons or statuses, of which one is enough."""
    status: str | None = None
    direction: str | None = None
    tool: str | None = None
    campaign: str | None = None
    tag: str | None = None
    latency: tuple[Compared, ...] = ()
    cost: tuple[Compared, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the parameter `wanted` of `search_calls` (`sql/functions/search/calls.sql`), with the given conditions
        only.
        """
        told: dict[str, Any] = {name: value for name, value in vars(self).items() if value not in (None, ())}
        for name in ("said", "latency", "cost"):
            if name in told:
                told[name] = [vars(one) for one in told[name]]
        for name in ("since", "until"):
            if name in told:
                told[name] = told[name].isoformat()
        if "outcome" in told:
            told["outcome"] = list(told["outcome"])
        return told

    @property
    def asks_nothing(self) -> bool:
        """Whether every call and text would be found."""
        return self == NOTHING


NOTHING = SearchQuery()


@dataclass(frozen=True)
class Problem:
    """A term that cannot be searched for: the typed text, the reason, and a similar term (blank when none is near)."""

    typed: str
    message: str
    suggestion: str = ""


@dataclass(frozen=True)
class Parsed:
    """What was typed, read."""

    query: SearchQuery = field(default_factory=SearchQuery)
    problems: tuple[Problem, ...] = ()


def parse(text: str, *, now: datetime, country: str | None, beginnings: bool = True) -> Parsed:
    """Read a search.

    `now` is aware and in the zone of days; `country` is the home of numbers without a plus sign. Without `beginnings`
    only whole numbers match, so that a reader who sees only last digits cannot find the others one by one.
    """
    if len(text) > LONGEST:
        return Parsed(problems=(Problem(text[:40] + "…", f"A search has {LONGEST} characters at most."),))
    typed = text.translate(_QUOTES)
    query, problems, seen = NOTHING, [], set()
    for found in _EMPTY.finditer(typed):
        name = found["name"]
        problems.append(
            Problem(f"{name}:", "Something has to stand behind the colon, without a space.", _example(name))
        )
    for piece in pieces(_EMPTY.sub(" ", typed), country):
        name = piece.name
        if name in seen and name not in SEVERAL:
            problems.append(Problem(piece.typed, f"{name}: stands there twice; it can stand there once."))
            continue
        seen.add(name or "said")
        try:
            _check_is_no_sign(piece)
            wider = _with(query, name, piece.value, piece.is_quoted, now, country)
            if wider.prefix and not beginnings:
                raise _Unreadable(WHOLE_NUMBER)
            query = wider
        except _Unreadable as error:
            problems.append(Problem(piece.typed, error.message, error.suggestion))
    if query.since and query.until and query.since >= query.until:
        problems.append(
            Problem("after: before:", "Nothing is after the one and before the other: swap them.")
        )
    return Parsed(query, tuple(problems))


def _check_is_no_sign(piece: Piece) -> None:
    """Refuse what other searches read as a sign: it would find the opposite here."""
    named = None if piece.is_closed else _NAMED.search(piece.value)
    if named is not None:
        inside, behind = piece.value[: named.start()].rstrip(), piece.value[named.start() :]
        before = f"{piece.name}:" if piece.name else ""
        raise _Unreadable("A quote is not closed.", f'{before}"{inside}" {behind}')
    if piece.is_word and piece.value in _JOINING:
        raise _Unreadable(
            "Everything that stands here has to be found: there is no AND, OR or NOT. A word stands in quotes.",
            f'"{piece.value}"',
        )
    if piece.is_word and (left_out := _MINUS.fullmatch(piece.value)):
        raise _Unreadable(
            "A search leaves nothing out: take the sign away, or put the words in quotes.", left_out["rest"]
        )


class _Unreadable(Exception):
    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.message, self.suggestion = message, suggestion


def _with(
    query: SearchQuery, name: str, value: str, quoted: bool, now: datetime, country: str | None
) -> SearchQuery:
    match name:
        case "" | "said":
            if not _WORD.search(value):
                raise _Unreadable("There is no word in it to search for.")
            return replace(query, said=(*query.said, Said(value, quoted)))
        case "person" | "tool" | "campaign" | "tag":
            if not value:
                raise _Unreadable(f"Behind {name}: stands {QUALIFIERS[name]}.")
            named: dict[str, Any] = {name: value}
            return replace(query, **named)
        case "number":
            return _with_number(query, value, country)
        case "outcome":
            return replace(query, outcome=_outcome(value))
        case "status":
            return replace(query, status=_one_of(name, value, [str(one) for one in CallStatus]))
        case "direction":
            return replace(query, direction=_one_of(name, value, ["inbound", "outbound"]))
        case "latency":
            return replace(query, latency=(*query.latency, _compared(wait_of, value, "latency:>2s")))
        case "cost":
            return replace(query, cost=(*query.cost, _compared(money_of, value, "cost:>0.50")))
        case "after":
            return replace(query, since=_moment(value, now, "after"))
        case "before":
            return replace(query, until=_moment(value, now, "before"))
    raise _unknown(name, value)


def _unknown(name: str, value: str) -> _Unreadable:
    near = get_close_matches(name, QUALIFIERS, n=1)
    if near:
        return _Unreadable(f"There is no {name}: to search by.", f"{near[0]}:{_quoted(value)}")
    return _Unreadable(
        f"There is no {name}: to search by. What has a colon in it is searched for in quotes.",
        f'"{name}:{value}"',
    )


def _with_number(query: SearchQuery, value: str, country: str | None) -> SearchQuery:
    number = parse_e164(value, country)
    if number is not None:
        return replace(query, number=number)
    if BEGINNING.fullmatch(value):
        return replace(query, prefix="+" + re.sub(r"\D", "", value))
    raise _Unreadable("This is no phone number and no beginning of one.", "number:+12025550123")


def _outcome(value: str) -> tuple[str, ...]:
    codes = outcome_codes(value)
    if codes:
        return codes
    near = get_close_matches(value.lower().replace("_", " "), CODES_OF_WORDS, n=1)
    raise _Unreadable("No call ends like this.", f"outcome:{_quoted(near[0] if near else 'busy')}")


def _one_of(name: str, value: str, known: list[str]) -> str:
    wanted = value.lower()
    if wanted in known:
        return wanted
    near = get_close_matches(wanted, known, n=1)
    raise _Unreadable(f"{name}: is one of {', '.join(known)}.", f"{name}:{near[0] if near else known[0]}")


def _compared(read: Any, value: str, example: str) -> Compared:
    found = read(value)
    if found is None:
        raise _Unreadable("This is no amount to compare with.", example)
    return Compared(*found)


def _moment(value: str, now: datetime, name: str) -> datetime:
    found = moment_of(value, now)
    if found is None:
        raise _Unreadable("This is no day, no time and no time ago.", f"{name}:{now:%Y-%m-%d}")
    return found


def _example(name: str) -> str:
    near = get_close_matches(name.lower(), QUALIFIERS, n=1)
    example = re.search(r"\w+:\S.*", QUALIFIERS[near[0]]) if near else None
    return example[0].split(", ")[0] if example else ""


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
