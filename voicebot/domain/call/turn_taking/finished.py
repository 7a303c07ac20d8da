"""Judge by the last words whether somebody has finished speaking. Pure.

A guess for a pause: "my number is" will go on, "thank you" will not.
"""

from enum import IntEnum
from itertools import dropwhile, takewhile

from voicebot.domain.call.turn_taking.holding import is_looking
from voicebot.domain.call.turn_taking.pauses import Asked
from voicebot.domain.call.turn_taking.vocabulary import Vocabulary, plain_words
from voicebot.domain.verification.number_terms import Kind, Term
from voicebot.domain.verification.number_words import REPEATS
from voicebot.domain.verification.spoken_digits import readings

LOOKED_AT = 300
"""The number of characters at the end of a turn that show whether it has ended."""
MOST_LISTENING_WORDS = 4
_SHORT_ANSWER = 5
_FEW_DIGITS = 2
_ONE_CLAUSE = 6


class Finished(IntEnum):
    """How likely it is that a turn has ended."""

    GOES_ON = 0
    UNSURE = 1
    LIKELY = 2
    OVER = 3


def only_listens(text: str, known: Vocabulary) -> bool:
    """Whether words only show that somebody listens, as "mhm" and "yeah okay". Blank text does too."""
    words = plain_words(text)
    return len(words) <= MOST_LISTENING_WORDS and known.listening.issuperset(words)


def assents(text: str, known: Vocabulary) -> bool:
    """Whether words of somebody who listens may also answer a question for yes or no."""
    return not known.assents.isdisjoint(plain_words(text))


def how_finished(text: str, asked: Asked, known: Vocabulary, digits: int | None = None) -> Finished:
    """Tell whether a turn goes on. `digits`: how many digits were asked for."""
    text = text[-LOOKED_AT:].strip()
    words = plain_words(text)
    if not words:
        return Finished.UNSURE
    if text.endswith(("…", "...", "-", "–", "—", ",", ":")):
        return Finished.GOES_ON
    counted = _by_digits(text, words, asked, known, digits)
    if counted is not None:
        return counted
    if is_looking(words):
        return Finished.GOES_ON
    return _by_words(text, words, asked, known)


def _by_words(text: str, words: list[str], asked: Asked, known: Vocabulary) -> Finished:
    last = words[-1]
    said = list(dropwhile(known.hesitations.__contains__, words))
    if last in REPEATS and asked is not Asked.DICTATED and known.number_nouns.isdisjoint(words):
        return Finished.UNSURE
    is_answer = bool(said) and said[0] in known.answers and len(said) <= _SHORT_ANSWER
    if asked is Asked.YES_OR_NO and is_answer and last not in known.joins:
        return Finished.LIKELY if len(said) == 1 else Finished.OVER
    if _ends_with(words, known.closings) or text.endswith("?"):
        return Finished.OVER
    if asked is Asked.DICTATED and len(last) == 1 and (len(words) == 1 or len(words[-2]) == 1):
        return Finished.GOES_ON  # Letters are spelled.
    if last in known.leads_on or last in known.hesitations or _ends_with(words, known.leads_on_phrases):
        return Finished.UNSURE if _may_end_so(words, known) else Finished.GOES_ON
    if words[0] in known.conditions and len(words) <= _ONE_CLAUSE:
        return Finished.GOES_ON
    if is_answer and known.answers.issuperset(said):
        return Finished.LIKELY
    return Finished.UNSURE


def _may_end_so(words: list[str], known: Vocabulary) -> bool:
    """Whether words end with one that leads on because they are a question, or a clause with its verb at the end."""
    asks = words[0] in known.asks and len(words) > 2
    return asks or (words[-1] in known.verbs_at_end and not known.joins.isdisjoint(words[:-1]))


def _ends_with(words: list[str], endings: frozenset[tuple[str, ...]]) -> bool:
    return any(tuple(words[-length:]) in endings for length in range(1, 5) if length <= len(words))


def _by_digits(
    text: str, words: list[str], asked: Asked, known: Vocabulary, wanted: int | None
) -> Finished | None:
    """Judge a text that ends with a number where one of some length is expected; None where none is."""
    named = not known.number_nouns.isdisjoint(words) and not any(
        word.endswith(tuple(known.streets)) for word in words
    )
    if not (wanted or named or asked is Asked.DICTATED):
        return None
    digits_said = _digits_at_end(readings(text)[0].terms)
    count = len(digits_said)
    if not count:
        has_street = any(word.endswith(tuple(known.streets)) for word in words)
        at_number = asked is Asked.DICTATED and known.number_after_street and has_street
        return Finished.GOES_ON if at_number and not any(map(_is_number, readings(text)[0].terms)) else None
    if wanted:
        return Finished.OVER if count >= wanted else Finished.GOES_ON
    if not known.other_numbers.isdisjoint(words):
        return Finished.UNSURE if count > _FEW_DIGITS else Finished.GOES_ON
    if count in known.number_digits or count > max(known.number_digits):
        return Finished.OVER
    if count >= min(known.number_digits) or (
        count <= _FEW_DIGITS and not named and not digits_said.startswith("0")
    ):
        return Finished.UNSURE
    return Finished.GOES_ON


def _is_number(term: Term) -> bool:
    return term.kind is Kind.DIGITS


def _digits_at_end(terms: list[Term]) -> str:
    """Return the digits of the last number, its groups joined over fillers; blank where the text ends otherwise."""
    tail = list(takewhile(lambda term: term.kind in (Kind.DIGITS, Kind.FILLER), reversed(terms)))
    if not tail or tail[0].kind is not Kind.DIGITS:
        return ""
    return "".join(term.digits for term in reversed(tail))
