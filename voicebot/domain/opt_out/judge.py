"""Judge whether a person asks to stop: Twilio's keywords, and requests in free words.

The keywords are counted exactly as Twilio counts them (handbook 6.4). What people write instead is judged by
`wants_no_more`; where that is unsure, `prompts/opt_out.md` asks a model for a second opinion.
"""

from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.opt_out.requests import REQUESTS
from voicebot.domain.opt_out.suspicions import SUSPICIONS
from voicebot.domain.opt_out.traps import TRAPS
from voicebot.domain.opt_out.words import normalised

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

YES_FROM = 0.7
UNSURE_FROM = 0.4
LONGEST = 600
"""Characters looked at: requests to stop are short, and long texts must not cost time."""


class Keyword(StrEnum):
    """What a whole message of one word means to Twilio."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class Verdict(StrEnum):
    """Whether the words ask us to stop."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Judgement:
    """What the rules make of one text: `score` 0..1, `reason` the rule that decided."""

    verdict: Verdict
    score: float
    reason: str


def keyword_of(body: str) -> Keyword | None:
    """Return the keyword that the whole message is, in any case and with spaces around it."""
    word = body.strip().upper()
    if word in STOP_WORDS:
        return Keyword.STOP
    if word in START_WORDS:
        return Keyword.START
    return Keyword.HELP if word in HELP_WORDS else None


def wants_no_more(text: str) -> Judgement:
    """Judge whether a text asks to end calls or texts, as any reasonable wording does (handbook 8.1)."""
    words = normalised(text[:LONGEST])
    # A trap hides its words only; what else the text says still counts.
    trapped = ""
    for name, pattern in TRAPS:
        words, hits = pattern.subn(" _ ", words)
        trapped = name if hits and not trapped else trapped
    best, reason = 0.0, trapped or "nothing"
    for name, pattern, weight in (*REQUESTS, *SUSPICIONS):
        if weight > best and pattern.search(words):
            best, reason = weight, name
    if best >= YES_FROM:
        return Judgement(Verdict.YES, best, reason)
    return Judgement(Verdict.UNSURE if best >= UNSURE_FROM else Verdict.NO, best, reason)
