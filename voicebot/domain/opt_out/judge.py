"""Judge whether a person asks to stop: Twilio's keywords, and requests in free words.

The keywords are counted exactly as Twilio counts them (handbook 6.4). What people write instead is judged by
`wants_no_more`, from the sender's own words and after the question that we asked; where that is unsure,
`prompts/opt_out.md` asks a model for a second opinion.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from voicebot.domain.languages.plain_words import normalised, plain_letters
from voicebot.domain.onboarding.answers import consent_in
from voicebot.domain.opt_out.asked import NOTHING, Asked, OpenQuestion
from voicebot.domain.opt_out.channels import Ends, one_channel
from voicebot.domain.opt_out.doubts import is_doubtful
from voicebot.domain.opt_out.erasure import without_erasure
from voicebot.domain.opt_out.languages import is_known_language
from voicebot.domain.opt_out.offers import declines_offers, names_offers, without_offers
from voicebot.domain.opt_out.other_languages import (
    LANGUAGES,
    SUSPICIONS_ELSEWHERE,
    TRAPS_ELSEWHERE,
    WORDINGS,
)
from voicebot.domain.opt_out.requests import REQUESTS
from voicebot.domain.opt_out.scope import scope_in
from voicebot.domain.opt_out.stop_words import ELSEWHERE, may_be_place, stop_languages
from voicebot.domain.opt_out.suspicions import SUSPICIONS
from voicebot.domain.opt_out.traps import TRAPS
from voicebot.domain.texts.quotes import read_own_words

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

YES_FROM = 0.7
UNSURE_FROM = 0.4
UNKNOWN_LANGUAGE, KEYWORD, STOP_WORD, MAY_ANSWER = (
    "unknown language",
    "keyword",
    "stop word",
    "may answer the question",
)
WHOLE_WORDS = frozenset({KEYWORD, STOP_WORD})
"""Reasons: a single word that ends everything, whatever was asked."""
LONGEST = 600
"""Characters looked at: requests to stop are short, and long texts must not cost time."""
_ALL_RULES = (*REQUESTS, *WORDINGS, *SUSPICIONS, *SUSPICIONS_ELSEWHERE)
_ALL_TRAPS = (*TRAPS, *TRAPS_ELSEWHERE)
_PLAIN = re.compile(
    r"\b(?:stop\w*|quit|cease|desist|halt|unsub\w*|opt(?:ed|ing)? (?:me )?out|remove|delete|take (?:me|us|my)|off (?:this|your|the)|leave (?:me|us|my|him|her|them)|"
    r"lose my|never|again|ever|any ?more|go away|revok\w*|withdraw\w*|block|wrong (?:number|person)|"
    r"arret\w*|cess\w*|desabonn\w*|desinscri\w*|plus jamais|retir\w*|supprim\w*|laiss\w*|abmeld\w*|abbestell\w*|austrag\w*|losch\w*|nie wieder|in ruhe|hor\w* .* auf|"
    r"de baja|dejen?|paren?|nunca|en paz|quiten?me|borren?|parem?|descadastr\w*|sair|em paz|smett\w*|disiscriv\w*|cancellat\w*|mai piu|in pace)\b"
)
"""Requests that end everything, whatever was asked. "No texts please" may be the answer to a question about offers."""
LONGEST_TORN = 20
_AROUND = " \t\r\n.,;:!*_~'\"()[]<>-"
_FINE = re.compile(
    r"\b(?:is|are|would be|'s|still) (?:fine|ok|okay|good|great|welcome)\b|\bbut (?:please )?(?:keep|still|i (?:still )?(?:want|need))\b"
)


class Keyword(StrEnum):
    """The meaning of one-word messages to Twilio."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class Verdict(StrEnum):
    """Whether the words ask us to stop."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    OFFERS = "offers"
    """They refuse offers, and nothing else."""


@dataclass(frozen=True)
class Judgement:
    """The verdict on one text: `score` in 0..1, and `reason`, the rule that decided.

    `languages` are those of the text, when they are known and not English. `ends` is what a YES would end.
    """

    verdict: Verdict
    score: float
    reason: str
    languages: frozenset[str] = frozenset()
    ends: Ends = Ends.ALL


def keyword_of(body: str) -> Keyword | None:
    """Return the keyword that the whole message is, in any case and with spaces around it."""
    word = body.strip().upper()
    if word in STOP_WORDS:
        return Keyword.STOP
    if word in START_WORDS:
        return Keyword.START
    return Keyword.HELP if word in HELP_WORDS else None


def wants_no_more(text: str, asked: Asked = NOTHING) -> Judgement:
    """Judge whether a text asks to end calls or texts, as any reasonable wording does (handbook 8.1).

    Only the sender's own words count, and they are read as an answer to what was `asked` first.
    """
    written = read_own_words(text, asked.ours)
    if not written.words:
        return Judgement(Verdict.NO, 0.0, "no words of their own")
    judgement = _after_the_question(written.own[:LONGEST], asked.question)
    if written.doubtful and judgement.verdict is Verdict.NO:
        whole = _judged(written.words[:LONGEST])
        if whole.verdict in (Verdict.YES, Verdict.UNSURE):
            # It may quote somebody else, or what it told us before.
            return Judgement(Verdict.UNSURE, UNSURE_FROM, "in quotes")
    return judgement


def _after_the_question(text: str, question: OpenQuestion) -> Judgement:
    judgement = _judged(text)
    if question is OpenQuestion.PLACE and may_be_place(text):
        return Judgement(Verdict.UNSURE, UNSURE_FROM, "a place or a stop")
    if question is OpenQuestion.SCOPE and scope_in(text) is not None and judgement.verdict is not Verdict.YES:
        return Judgement(Verdict.NO, 0.0, "answers the question")
    if question is OpenQuestion.OFFERS:
        if consent_in(text) is not None:
            return Judgement(Verdict.NO, 0.0, "answers the question")
        if (
            judgement.reason not in WHOLE_WORDS
            and judgement.verdict is Verdict.YES
            and not _PLAIN.search(normalised(text))
        ):
            return Judgement(Verdict.UNSURE, judgement.score, MAY_ANSWER)
    return judgement


def _judged(text: str) -> Judgement:
    if keyword_of(text.strip(_AROUND)) is Keyword.STOP or _is_torn_stop(text):
        return Judgement(Verdict.YES, 1.0, KEYWORD)
    if languages := stop_languages(text):
        return Judgement(Verdict.YES, 1.0, STOP_WORD, languages)
    words = without_erasure(normalised(text))
    if found := one_channel(words):
        judged = _by_rules(found.asks, text)
        if judged.verdict is Verdict.YES:
            return replace(judged, ends=found.ends)
        if found.always:
            return Judgement(Verdict.YES, YES_FROM, "one of both", judged.languages, found.ends)
    return _by_rules(words, text)


def _is_torn_stop(text: str) -> bool:
    """Whether the whole text is STOP with a space somewhere in it."""
    return len(text) <= LONGEST_TORN and "".join(plain_letters(text).split()).strip(_AROUND) == "stop"


def _by_rules(words: str, text: str) -> Judgement:
    offers_alone = declines_offers(words) and "?" not in words
    # A trap hides its words only; what else the text says still counts.
    trapped = ""
    for name, pattern in _ALL_TRAPS:
        words, hits = pattern.subn(" _ ", words)
        trapped = name if hits and not trapped else trapped
    best, reason = 0.0, trapped or "nothing"
    for name, pattern, weight in _ALL_RULES:
        if weight > best and pattern.search(words):
            best, reason = weight, name
    if best < YES_FROM and (offers_alone or declines_offers(words)):
        return Judgement(Verdict.OFFERS, max(best, UNSURE_FROM), "no offers")
    if best >= YES_FROM and is_doubtful(words):
        return Judgement(Verdict.UNSURE, best, reason)
    if best >= YES_FROM and names_offers(words):
        return _about_offers(words, best, reason)
    if best >= YES_FROM:
        return Judgement(
            Verdict.YES, best, reason, frozenset({LANGUAGES[reason]} if reason in LANGUAGES else ())
        )
    if best < UNSURE_FROM and not trapped and _is_unreadable(text):
        return Judgement(Verdict.UNSURE, UNSURE_FROM, UNKNOWN_LANGUAGE)
    return Judgement(Verdict.UNSURE if best >= UNSURE_FROM else Verdict.NO, best, reason)


def _about_offers(words: str, score: float, reason: str) -> Judgement:
    """Judge words that would end everything if they did not speak of offers too."""
    rest = without_offers(words)
    if not names_offers(rest) and any(
        weight >= YES_FROM and pattern.search(rest) for _, pattern, weight in _ALL_RULES
    ):
        return Judgement(Verdict.YES, score, reason)
    if declines_offers(words) and (_FINE.search(words) or not _PLAIN.search(words)):
        return Judgement(Verdict.OFFERS, score, "no offers")
    return Judgement(Verdict.UNSURE, score, reason)


def _is_unreadable(text: str) -> bool:
    return any(word in ELSEWHERE for word in plain_letters(text).split()) or not is_known_language(text)
