"""Find codes in written and spoken words: the place, the code, and the text without it.

Pure. A code is six digits or two words; what looks like one is 4 to 8 digits in a row.
"""

import itertools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from voicebot.domain.verification.code_words import CODE_WORDS
from voicebot.domain.verification.codes import CODE_DIGITS
from voicebot.domain.verification.number_terms import Kind, Term, figures
from voicebot.domain.verification.number_words import SOUNDS
from voicebot.domain.verification.spoken_code import code_in, is_meant_as_code
from voicebot.domain.verification.spoken_digits import (
    LONGEST_READ,
    Piece,
    best,
    digit_runs,
    joined,
    readings,
)

REDACTED = "[code]"
UNREAD = "[unclear code]"
"""All that is kept of words that were meant as a code and not understood."""
SHORTEST_RUN, LONGEST_RUN = 4, 8
LONGEST_NUMBER = 2
"""Digits of a number that is said of anything, as an hour."""
PLACES_IN_TALK = 3
"""First, second and third are said of anything; alone they tell no digit."""

_AMOUNT = re.compile(
    r"[$\u20ac\u00a3]\s?\d[\d.,]{0,15}|(?<![\d.,])\d[\d.,]{0,15}\s?(?:[\u20ac\u00a3$]|(?:usd|eur|dollars?|euros?|bucks)\b)|"
    r"(?<![\d.,])\d{1,3}(?:,\d{3}){1,4}\.\d{2}(?!\d)|(?<![\d.,])\d{1,3}(?:\.\d{3}){1,4},\d{2}(?!\d)"
)
"""Money, as "4,829.13"."""
_WORDS = frozenset(CODE_WORDS)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Found:
    """A stretch of text that may be a code; `value` is its digits, or two words with a space between."""

    start: int
    end: int
    value: str

    @property
    def is_whole_code(self) -> bool:
        """Whether it looks exactly like what was sent: six digits, or two of our words."""
        return len(self.value) == CODE_DIGITS or " " in self.value


_BETWEEN_WORDS = re.compile(r"[\s,.;:/_&+\"'\-\u2010-\u2015]*(?:\band\b[\s,]*)?", re.IGNORECASE)
_AND = re.compile(r"[\s,.]*\band\b[\s,.]*", re.IGNORECASE)


class CodeScan:
    """The possible codes of a text: scanned once, for every question about it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._all_readings = readings(text)
        self._readings = best(self._all_readings)
        self._runs = digit_runs(text, self._readings[0])
        self._our_words = _our_words(text)
        self._pairs = _word_pairs(text, self._our_words)

    @cached_property
    def code(self) -> str | None:
        """The one code to try: six digits, or two of our words. None when several are possible."""
        if _AMOUNT.search(self.text):
            return code_in(best(readings(_AMOUNT.sub(_blank, self.text))))
        code = code_in(self._readings) or next((pair.value for pair in self._pairs), None)
        return code or (self._begun_by_sound() if self.holds_numbers else None)

    def _begun_by_sound(self) -> str | None:
        if SOUNDS.isdisjoint(word.casefold() for word in _WORD.findall(self.text[:LONGEST_READ])):
            return None
        return code_in(best(readings(self.text, begins_by_sound=True)))

    @property
    def is_meant_as_code(self) -> bool:
        """Whether words in which no code was understood were meant as one."""
        phone_numbers = sum(len(joined(run)) for run in self._phone_numbers)
        return is_meant_as_code(self._readings[0], phone_numbers)

    @cached_property
    def holds_numbers(self) -> bool:
        """Whether it is worth asking if a verification runs: most texts hold neither numbers nor two of our words."""
        return bool(self._pairs or self._runs or self._numbers())

    @property
    def may_be_begun_code(self) -> bool:
        """Whether the text may hold a code or its beginning: digits in a row, two of our words, or talk about a code.

        A number alone among other words ("at nine", "for 12 people") is none.
        """
        if self._pairs or self.is_meant_as_code:
            return True
        alone = not _WORD.search(_replaced(self.text, self._numbers()).replace(REDACTED, ""))
        return any(alone or len(run) > 1 or len(joined(run)) > LONGEST_NUMBER for run in self._runs)

    @property
    def may_hold_code(self) -> bool:
        """Whether it holds so many digits as a code, or two of our words."""
        sizes = [len(joined(run)) for run in self._runs]
        return max(sizes, default=0) >= SHORTEST_RUN or sum(sizes) >= CODE_DIGITS or bool(self._pairs)

    @cached_property
    def found(self) -> Sequence[Found]:
        """What may be a code: six digits, two of our words, or 4 to 8 digits.

        Digits may be spoken ("four eight double two oh three") and parted by spaces, dots and dashes, the halves of a
        code by an "and". Longer runs, such as phone numbers, are no codes, unless one stands in them as one word or
        again and again.
        """
        found = [one for run in self._runs for one in _codes_of(run)] + _halves(self.text, self._runs)
        return [*found, *self._pairs]

    def without_numbers(self) -> str:
        """Replace everything that may be a code, and every number in any language but phone numbers in figures."""
        return _replaced(self.text, [*self.found, *self._numbers()])

    def without_whole(self) -> str:
        """Replace what looks exactly like a code, and leave other short numbers."""
        return _replaced(self.text, [one for one in self.found if one.is_whole_code])

    def without(self, codes: Collection[str]) -> str:
        """Replace these codes (digits, or two words) alone, however they are written.

        Also inside longer runs, and where other words stand between the digits or between the two words.
        """
        return _replaced(self.text, [*self._known_digits(codes), *self._known_words(codes)])

    def _numbers(self) -> list[Found]:
        kept = [(run[0].start, run[-1].end) for run in self._phone_numbers]
        return [
            one
            for _, terms in self._all_readings
            for one in _stretches(terms)
            if not any(start <= one.start and one.end <= end for start, end in kept)
        ]

    @cached_property
    def _phone_numbers(self) -> list[list[Piece]]:
        runs = self._runs
        if not all(term.written for term in self._readings[0] if term.kind is Kind.DIGITS):
            runs = digit_runs(self.text, (term for term in self._readings[0] if term.written))
        return [run for run in runs if len(joined(run)) > LONGEST_RUN and not _codes_of(run)]

    def _known_digits(self, codes: Collection[str]) -> Iterable[Found]:
        # Also as figures alone: a word between two may be read as a number with them.
        for runs in (self._runs, digit_runs(self.text, figures(self.text))):
            # Which run each digit of the whole text belongs to.
            places = [place for place, run in enumerate(runs) for _ in joined(run)]
            digits = "".join(joined(run) for run in runs)
            for code in codes:
                at = digits.find(code)
                while at >= 0:
                    first, last = runs[places[at]], runs[places[at + len(code) - 1]]
                    yield Found(first[0].start, last[-1].end, code)
                    at = digits.find(code, at + 1)

    def _known_words(self, codes: Collection[str]) -> Iterable[Found]:
        for first, second in itertools.pairwise(self._our_words):
            if f"{first.value} {second.value}" in codes:
                yield Found(first.start, second.end, f"{first.value} {second.value}")


def _stretches(terms: Sequence[Term]) -> Iterable[Found]:
    """Yield where numbers stand, those with no word between them as one."""
    numbers = [term for term in terms if term.is_number]
    if all(term.kind is Kind.ORDINAL and term.value <= PLACES_IN_TALK for term in numbers):
        return
    for is_number, group in itertools.groupby(terms, lambda term: term.is_number):
        if is_number:
            stretch = list(group)
            yield Found(stretch[0].start, stretch[-1].end, "")


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _replaced(text: str, found: Iterable[Found]) -> str:
    kept, done = [], 0
    for start, end in _merged(found):
        kept += [text[done:start], REDACTED]
        done = end
    return "".join([*kept, text[done:]])


def _merged(found: Iterable[Found]) -> list[tuple[int, int]]:
    """Return the stretches in their order, those that overlap as one."""
    spans: list[tuple[int, int]] = []
    for one in sorted(found, key=lambda one: one.start):
        if spans and one.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], one.end))
        else:
            spans.append((one.start, one.end))
    return spans


def _codes_of(run: list[Piece]) -> list[Found]:
    digits, start, end = joined(run), run[0].start, run[-1].end
    if len(digits) % CODE_DIGITS == 0 and digits == digits[:CODE_DIGITS] * (len(digits) // CODE_DIGITS):
        return [Found(start, end, digits[:CODE_DIGITS])]
    # "482913. 2 minutes ago": digits written as one word go before digits that punctuation joined.
    whole = [Found(one.start, one.end, one.digits) for one in run if len(one.digits) == CODE_DIGITS]
    if whole or not SHORTEST_RUN <= len(digits) <= LONGEST_RUN:
        return whole
    return [Found(start, end, digits)]


def _halves(text: str, runs: list[list[Piece]]) -> list[Found]:
    """Return codes that were said as "482 and 913"."""
    return [
        Found(first[0].start, second[-1].end, joined(first) + joined(second))
        for first, second in itertools.pairwise(runs)
        if len(joined(first) + joined(second)) == CODE_DIGITS
        and max(len(joined(first)), len(joined(second))) < SHORTEST_RUN
        and _AND.fullmatch(text, first[-1].end, second[0].start)
    ]


def _our_words(text: str) -> list[Found]:
    words = [(one.start(), one.end(), one.group().casefold()) for one in _WORD.finditer(text)]
    return [Found(start, end, word) for start, end, word in words if word in _WORDS]


def _word_pairs(text: str, our_words: list[Found]) -> list[Found]:
    return [
        Found(first.start, second.end, f"{first.value} {second.value}")
        for first, second in itertools.pairwise(our_words)
        # A joining "and" between the two is no word of theirs.
        if _BETWEEN_WORDS.fullmatch(text, first.end, second.start)
    ]
