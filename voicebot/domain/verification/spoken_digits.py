"""Numbers in a text, as they are written and as a recogniser writes down what somebody spoke, in six languages.

Pure. "double four oh nine", "4-4-0-9", "forty four, zero nine" and "quatre cent quarante" are digits alike. The words of
a text are read by the language that knows most of its numbers.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from voicebot.domain.verification.number_grammar import ALL_WORDS, VOCABULARIES, Reader, fused
from voicebot.domain.verification.number_terms import Kind, Term, figures, tokens, unread_words
from voicebot.domain.verification.number_words import LANGUAGES

_PLAIN_GAPS = frozenset((" ", ", ", "-", ".", ","))
# Anything but a letter, a digit and the end of a question or an exclamation: also what makes a keycap of a digit.
_BETWEEN = re.compile(r"(?:[^\w!?]|_)*")
LONGEST_READ = 1600
"""The longest text that is read for spoken numbers; of a longer one only figures are read."""


class Piece(NamedTuple):
    """Digits that were written or spoken in one go, and where."""

    start: int
    end: int
    digits: str


def joined(run: Sequence[Piece]) -> str:
    """Return the digits of a run, one after the other."""
    return "".join(piece.digits for piece in run)


def digit_runs(text: str, terms: Iterable[Term]) -> list[list[Piece]]:
    """Return the digits of a text in runs: digits with only punctuation between them form one run."""
    runs: list[list[Piece]] = []
    end = 0
    for term in terms:
        if term.kind is not Kind.DIGITS:
            continue
        piece = Piece(term.start, term.end, term.digits)
        gap = text[end : term.start] if runs else "?"
        if gap in _PLAIN_GAPS or _BETWEEN.fullmatch(gap):
            runs[-1].append(piece)
        else:
            runs.append([piece])
        end = term.end
    return runs


class Reading(NamedTuple):
    """The reading of a text in one language; `known` is the number of its number words that the language knows."""

    known: int
    terms: list[Term]


def readings(text: str, *, begins_by_sound: bool = False) -> list[Reading]:
    """Return the readings in each language that knows a number word of the text, best first.

    A text without number words, or too long to be spoken, has one reading. `begins_by_sound`: "for eight two" begins
    with a four.
    """
    if len(text) > LONGEST_READ:
        return [Reading(0, _not_understood(text))]
    found = tokens(text)
    words = {token.word for token in found}
    read = [
        Reader(found, language, begins_by_sound=begins_by_sound)
        for language in range(len(LANGUAGES))
        if not words.isdisjoint(VOCABULARIES[language]) or any(fused(word, language) for word in words)
    ]
    known = sorted((one for one in read if one.known), key=lambda one: -one.known)
    return [
        Reading(one.known, one.terms())
        for one in known or [Reader(found, _language_around(words), begins_by_sound=begins_by_sound)]
    ]


def _language_around(words: Collection[str]) -> int:
    """Return the language of the small words between figures, as the "y" of "482 y 913"; English where none shows."""
    shown = [
        len((each.fillers | each.corrections | each.denials | each.doubts).intersection(words))
        for each in LANGUAGES
    ]
    return shown.index(max(shown))


def best(read: Sequence[Reading]) -> list[list[Term]]:
    """Return the readings of the languages that know most of the text's number words; two may know as much."""
    return [terms for known, terms in read if known == read[0].known]


def _not_understood(text: str) -> list[Term]:
    """Return the numbers of a text that nobody can have spoken: figures as they are, and words without their digits."""
    return sorted([*figures(text), *unread_words(text, ALL_WORDS)], key=lambda term: term.start)
