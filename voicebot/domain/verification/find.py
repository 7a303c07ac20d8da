"""Find codes in written and spoken words: the place, the code, and the text without it.

Pure. A code is six digits or two words; what looks like one is 4 to 8 digits in a row.
"""

import itertools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from voicebot.domain.verification.code_words import CODE_WORDS
from voicebot.domain.verification.codes import CODE_DIGITS
from voicebot.domain.verification.spoken_digits import Piece, digit_runs, joined

REDACTED = "[code]"
SHORTEST_RUN, LONGEST_RUN = 4, 8

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


def find_codes(text: str) -> list[Found]:
    """Return what may be a code, the likeliest first: six digits, two of our words, then 4 to 8 digits.

    Digits may be spoken ("four eight double two oh three") and parted by spaces, dots and dashes, the halves of a code
    by an "and". Longer runs, such as phone numbers, are no codes, unless one stands in them as one word or again and
    again.
    """
    runs = digit_runs(text)
    found = [one for run in runs for one in _codes_of(run)] + _halves(text, runs)
    return sorted([*found, *_word_pairs(text)], key=lambda one: (_likelihood(one), one.start))


def find_code(text: str) -> Found | None:
    """Return the likeliest code in the text: the one, and only one, that is tried."""
    return next(iter(find_codes(text)), None)


def may_hold_code(text: str) -> bool:
    """Whether it is worth asking if a verification runs: most texts hold neither digits nor two of our words."""
    sizes = [len(joined(run)) for run in digit_runs(text)]
    return max(sizes, default=0) >= SHORTEST_RUN or sum(sizes) >= CODE_DIGITS or bool(_word_pairs(text))


def redact(text: str) -> str:
    """Replace everything that may be a code; what is replaced does not depend on what the code is."""
    return _replaced(text, find_codes(text))


def redact_whole(text: str) -> str:
    """Replace what looks exactly like a code, and leave other short numbers."""
    return _replaced(text, [one for one in find_codes(text) if one.is_whole_code])


def redact_known(text: str, codes: Collection[str]) -> str:
    """Replace these codes (digits, or two words) alone, however they are written.

    Also inside longer runs, and where other words stand between the digits or between the two words.
    """
    return _replaced(text, [*_known_digits(text, codes), *_known_words(text, codes)])


def _known_digits(text: str, codes: Collection[str]) -> Iterable[Found]:
    runs = digit_runs(text)
    # Which run each digit of the whole text belongs to.
    places = [place for place, run in enumerate(runs) for _ in joined(run)]
    digits = "".join(joined(run) for run in runs)
    for code in codes:
        at = digits.find(code)
        while at >= 0:
            first, last = runs[places[at]], runs[places[at + len(code) - 1]]
            yield Found(first[0].start, last[-1].end, code)
            at = digits.find(code, at + 1)


def _known_words(text: str, codes: Collection[str]) -> Iterable[Found]:
    for first, second in itertools.pairwise(_our_words(text)):
        if f"{first.value} {second.value}" in codes:
            yield Found(first.start, second.end, f"{first.value} {second.value}")


def _likelihood(found: Found) -> int:
    return (0 if len(found.value) == CODE_DIGITS else 2) if " " not in found.value else 1


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
    # "482913. 2 minutes ago": what was written as one word goes before what punctuation brought together.
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


def _word_pairs(text: str) -> list[Found]:
    return [
        Found(first.start, second.end, f"{first.value} {second.value}")
        for first, second in itertools.pairwise(_our_words(text))
        # A joining "and" between the two is no word of theirs.
        if _BETWEEN_WORDS.fullmatch(text, first.end, second.start)
    ]
