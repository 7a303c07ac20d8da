"""Numbers in a text, as they are written and as a recogniser writes down what somebody spoke, in six languages.

Pure. "double four oh nine", "4-4-0-9", "forty four, zero nine" and "quatre cent quarante" are digits alike. The words of
a text are read by the language that knows most of its numbers.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from voicebot.domain.verification.number_words import LANGUAGES, SAID_FOR_ONE_THING, NumberWords

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’´`][^\W\d_]+)*")
# Anything but a letter, a digit and the end of a question or an exclamation: also what makes a keycap of a digit.
_BETWEEN = re.compile(r"(?:[^\w!?]|_)*")
_PARTS_NUMBERS = re.compile(r"[,;.:]")
_LONGEST_WORD = 80
LONGEST_READ = 1600
"""Characters of a text that are read for what they say; of a longer one only figures are."""
_VINGT = ("vingt", "vingts")


@dataclass(frozen=True)
class Piece:
    """Digits that were written or spoken in one go, and where."""

    start: int
    end: int
    digits: str


def joined(run: Sequence[Piece]) -> str:
    """Return the digits of a run, one after the other."""
    return "".join(piece.digits for piece in run)


class Kind(Enum):
    """What a stretch of words is to somebody who listens for digits."""

    DIGITS = "digits"
    ORDINAL = "ordinal"
    FILLER = "filler"
    CORRECTION = "correction"
    DENIAL = "denial"
    DOUBT = "doubt"
    OTHER = "other"


@dataclass(frozen=True)
class Term:
    """A stretch of words with its meaning; `value` is the place that an ordinal names."""

    start: int
    end: int
    kind: Kind
    digits: str = ""
    value: int = 0
    written: bool = False
    """Whether the digits stand in the text as one figure."""
    word: str = ""
    """A word that is no number, without accents and in small letters."""

    @property
    def is_number(self) -> bool:
        """Whether it tells a digit: a number, a place, or a number that is not understood."""
        return self.kind in (Kind.DIGITS, Kind.ORDINAL) or (self.kind is Kind.DOUBT and not self.word)


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    word: str
    digits: str = ""
    parted: bool = False
    """Whether a comma or a stop parts it from the word before."""


def digit_runs(text: str, terms: Iterable[Term]) -> list[list[Piece]]:
    """Return the digits of a text in runs: what has nothing but punctuation between it belongs together."""
    runs: list[list[Piece]] = []
    for term in terms:
        if term.kind is not Kind.DIGITS:
            continue
        piece = Piece(term.start, term.end, term.digits)
        if runs and _BETWEEN.fullmatch(text, runs[-1][-1].end, piece.start):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def figures(text: str) -> list[Term]:
    """Return the digits that are written as figures, each figure by itself."""
    return [
        Term(token.start, token.end, Kind.DIGITS, token.digits, written=True)
        for token in _tokens(text)
        if token.digits
    ]


def readings(text: str) -> list[list[Term]]:
    """Return what the text says in each language that knows a number word of it, best first.

    Of a text without number words, and of one that is too long to be spoken, there is one reading.
    """
    return [terms for _, terms in _readings(text)]


def best_readings(text: str) -> list[list[Term]]:
    """Return the readings of the languages that know most of the text's number words; two may know as much."""
    read = _readings(text)
    return [terms for known, terms in read if known == read[0][0]]


@lru_cache(maxsize=16)
def _readings(text: str) -> list[tuple[int, list[Term]]]:
    if len(text) > LONGEST_READ:
        return [(0, _not_understood(text))]
    tokens = _tokens(text)
    words = {token.word for token in tokens}
    read = [
        _Reader(tokens, language)
        for language in range(len(LANGUAGES))
        if not words.isdisjoint(_VOCABULARIES[language]) or any(_fused(word, language) for word in words)
    ]
    known = sorted((one for one in read if one.known), key=lambda one: -one.known)
    return [(one.known, one.terms()) for one in known or [_Reader(tokens, 0)]]


def _not_understood(text: str) -> list[Term]:
    """Return the numbers of a text that nobody can have spoken: figures as they are, words without their digits."""
    words = [
        Term(token.start, token.end, Kind.DOUBT)
        for token in _tokens(text)
        if not token.digits and token.word in _ALL_WORDS
    ]
    return sorted([*figures(text), *words], key=lambda term: term.start)


@lru_cache(maxsize=16)
def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        word, parted = match.group(), _PARTS_NUMBERS.search(text, end, match.start()) is not None
        end = match.end()
        if word.isdigit():
            digits = "".join(str(unicodedata.digit(char, 0)) for char in word)
            found.append(_Token(match.start(), end, digits, digits, parted))
        else:
            found.append(_Token(match.start(), end, plain(word), parted=parted))
    return found


@lru_cache(maxsize=4096)
def plain(word: str) -> str:
    """Return a word as it is looked up: in small letters, without accents and apostrophes."""
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in bare if char.isalpha() and not unicodedata.combining(char))


# --- the words of one language --------------------------------------------------------------------


def _numerals(words: NumberWords) -> frozenset[str]:
    """Return the words that numbers are made of."""
    return frozenset(
        {*words.units, *words.teens, *words.tens, *words.hundreds, *words.hundred, *words.thousand}
    )


_VOCABULARIES = tuple(
    _numerals(words) | {*words.plurals, *words.times, *words.ordinals} for words in LANGUAGES
)
_ALL_WORDS = frozenset().union(*_VOCABULARIES)
_PARTS = tuple(
    (*(part for part in _numerals(words) if len(part) > 2), *(words.joins & {"und"})) for words in LANGUAGES
)
_BEGINNINGS = tuple(frozenset(part[:3] for part in parts) for parts in _PARTS)


@lru_cache(maxsize=4096)
def _fused(word: str, language: int) -> tuple[str, ...]:
    """Return the number words that a word is made of, as "zweiundvierzig"; nothing where it is one, or none."""
    if word[:3] not in _BEGINNINGS[language] or not 5 <= len(word) <= _LONGEST_WORD:
        return ()
    fewest: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for part in _PARTS[language]:
            start = end - len(part)
            before = fewest[start] if start >= 0 and word.startswith(part, start) else None
            standing = fewest[end]
            if before is not None and (standing is None or len(before) + 1 < len(standing)):
                fewest[end] = (*before, part)
    parts = fewest[-1] or ()
    return parts if len(parts) > 1 else ()


class _Reader:
    """Reads a text as one language."""

    def __init__(self, tokens: Sequence[_Token], language: int) -> None:
        self._language, self._words = language, LANGUAGES[language]
        self._numerals = _VOCABULARIES[language] - set(self._words.ordinals) | _numerals(self._words)
        idioms = {
            place + step
            for place, (one, other) in enumerate(itertools.pairwise(tokens))
            if (one.word, other.word) in SAID_FOR_ONE_THING
            for step in (0, 1)
        }
        self._tokens: list[_Token] = []
        self._idiom: list[bool] = []
        for place, token in enumerate(tokens):
            for part in self._parts(token):
                self._tokens.append(part)
                self._idiom.append(place in idioms)
        self._counts = self._which_count()
        self.known = sum(
            counts and not token.digits for token, counts in zip(self._tokens, self._counts, strict=True)
        )

    def _parts(self, token: _Token) -> list[_Token]:
        if token.digits or token.word in self._numerals:
            return [token]
        parts = _fused(token.word, self._language)
        return [
            _Token(token.start, token.end, part, parted=token.parted and not place)
            for place, part in enumerate(parts)
        ] or [token]

    def _which_count(self) -> list[bool]:
        """Return which tokens are numbers: strong words by themselves, weak ones beside a number."""
        tokens, words = self._tokens, self._words
        counts = [
            bool(token.digits)
            or (token.word in self._numerals and token.word not in words.weak and not idiom)
            for token, idiom in zip(tokens, self._idiom, strict=True)
        ]
        between = words.fillers | words.corrections | words.denials | words.doubts
        forwards = range(len(tokens))
        for places in (forwards, reversed(forwards)):
            beside = False
            for place in places:
                word = tokens[place].word
                if word in words.weak and word in self._numerals and not self._idiom[place]:
                    counts[place] = counts[place] or beside
                beside = counts[place] or (beside and word in between)
        for place in range(1, len(tokens) - 1):
            if tokens[place].word in words.sounds and counts[place - 1] and counts[place + 1]:
                counts[place] = True
        return counts

    # --- terms ---

    def terms(self) -> list[Term]:
        """Return the meaning of all words in their order."""
        found: list[Term] = []
        place = 0
        while place < len(self._tokens):
            term, used = self._term(place)
            found.append(term)
            place += used
        return found

    def _term(self, place: int) -> tuple[Term, int]:
        token, words = self._tokens[place], self._words
        if self._counts[place]:
            digits, end = self._number(place)
            # The parts of a fused word share its place: a number ends where its last part's word ends.
            last = self._tokens[end - 1]
            kind = Kind.DIGITS if digits else Kind.DOUBT
            return Term(
                token.start, last.end, kind, digits, written=bool(token.digits) and end == place + 1
            ), end - place
        word = token.word
        if word in words.ordinals and not self._idiom[place]:
            return Term(token.start, token.end, Kind.ORDINAL, value=words.ordinals[word]), 1
        kind = Kind.OTHER
        for meaning, known in (
            (Kind.CORRECTION, words.corrections), (Kind.DENIAL, words.denials), (Kind.DOUBT, words.doubts),
            (Kind.FILLER, words.fillers),
        ):  # fmt: skip
            if word in known and not self._idiom[place]:
                kind = meaning
                break
        return Term(token.start, token.end, kind, word=word), 1

    def _word(self, place: int) -> str:
        """The number word at a place; blank where there is none."""
        return self._tokens[place].word if place < len(self._tokens) and self._counts[place] else ""

    def _next(self, place: int) -> str:
        """The number word at a place that may go on with the number before it."""
        return "" if place < len(self._tokens) and self._tokens[place].parted else self._word(place)

    def _is(self, place: int, known: Iterable[str]) -> bool:
        return self._next(place) in known if self._next(place) else False

    def _joins(self, place: int) -> bool:
        tokens = self._tokens
        return place < len(tokens) and tokens[place].word in self._words.joins and not tokens[place].parted

    def _number(self, place: int) -> tuple[str, int]:
        """Return the digits of the number that begins here, and where it ends; no digits where nobody can tell."""
        words, word = self._words, self._word(place)
        if word in words.times and not self._is(place, words.units):
            return self._repeated(place)
        if self._tokens[place].digits:
            return self._figure(place)
        if word in words.plurals:
            return "", place + 1
        if self._is(place + 1, words.plurals) and words.units.get(word, 0) > 1:
            return str(words.plurals[self._word(place + 1)]) * words.units[word], place + 2
        if word in words.sounds and word not in words.units:
            return str(words.sounds[word]), place + 1
        if words.units.get(word) == 0:
            return "0", place + 1
        value, end, doubt = self._cardinal(place)
        return ("" if doubt or end == place else str(value)), max(end, place + 1)

    def _repeated(self, place: int) -> tuple[str, int]:
        """Return the digits of "double four"."""
        behind = place + 1
        while (
            behind < len(self._tokens)
            and not self._counts[behind]
            and self._tokens[behind].word in self._words.fillers
        ):
            behind += 1
        token = self._tokens[behind] if behind < len(self._tokens) and self._counts[behind] else None
        digit = "" if token is None else token.digits or str(self._words.units.get(token.word, ""))
        if len(digit) != 1:
            return "", place + 1
        return digit * self._words.times[self._word(place)], behind + 1

    def _figure(self, place: int) -> tuple[str, int]:
        """Return written digits, with the word for thousand that may follow them."""
        digits = self._tokens[place].digits
        if not self._is(place + 1, self._words.thousand) or len(digits) > 3:
            return digits, place + 1
        rest, end, _ = self._below_thousand(place + 2)
        following = self._tokens[place + 2].digits if place + 2 < len(self._tokens) else ""
        if following and len(following) <= 3:
            rest, end = int(following), place + 3
        return str(int(digits) * 1000 + rest), max(end, place + 2)

    def _cardinal(self, place: int) -> tuple[int, int, bool]:
        value, end, doubt = self._below_thousand(place)
        if not self._is(end, self._words.thousand):
            return value, end, doubt
        thousands = value if end > place else 1
        behind = end + 1
        start = behind + 1 if self._joins(behind) else behind
        rest, stop, more_doubt = self._below_thousand(start)
        if stop == start:
            return thousands * 1000, behind, doubt
        return thousands * 1000 + rest, stop, doubt or more_doubt

    def _below_thousand(self, place: int) -> tuple[int, int, bool]:
        words, word = self._words, self._word(place)
        if word in words.hundreds:
            hundreds, end, doubt = words.hundreds[word], place + 1, False
        elif word in words.hundred:
            hundreds, end, doubt = 100, place + 1, False
        else:
            value, end, doubt = self._below_hundred(place)
            if value == 0 or end == place or words.hundreds or not self._is(end, words.hundred):
                return value, end, doubt
            hundreds, end = value * 100, end + 1
        start = end + 1 if self._joins(end) else end
        rest, stop, more_doubt = self._below_hundred(start) if self._next(start) else (0, start, False)
        if stop == start or rest == 0:
            return hundreds, end, doubt
        if self._is(stop, words.hundred):
            return hundreds, end, doubt or words.hundred_alone
        return hundreds + rest, stop, doubt or more_doubt

    def _below_hundred(self, place: int) -> tuple[int, int, bool]:
        """Return the number, where it ends (where it begins: there is none), and whether it is doubtful."""
        words, word = self._words, self._word(place)
        unit = words.units.get(word, 0)
        if words.units_first and unit and self._joins(place + 1) and self._is(place + 2, words.tens):
            return words.tens[self._word(place + 2)] + unit, place + 3, False
        if unit == 4 and self._is(place + 1, _VINGT):
            return self._tens(80, place + 2)
        if word in words.tens:
            return self._tens(words.tens[word], place + 1)
        if word in words.teens:
            value = words.teens[word]
            if value == 10 and words.tens_take_teens and words.units.get(self._next(place + 1), 0) >= 7:
                return 10 + words.units[self._next(place + 1)], place + 2, False
            return value, place + 1, False
        return (unit, place + 1, False) if unit or word in words.units else (0, place, False)

    def _tens(self, tens: int, place: int) -> tuple[int, int, bool]:
        words = self._words
        if words.units_first:
            return tens, place, False
        unit = words.units.get(self._next(place), 0)
        if words.joins_tens:
            joined_unit = words.units.get(self._next(place + 1), 0) if self._joins(place) else 0
            if joined_unit:
                return tens + joined_unit, place + 2, False
            return tens, place, bool(unit)
        start = place + 1 if words.tens_take_teens and self._joins(place) else place
        if tens in words.tens_take_teens and self._next(start) in words.teens:
            more, end, _ = self._below_hundred(start)
            return tens + more, end, False
        unit = words.units.get(self._next(start), 0)
        if not unit or (unit == 4 and self._is(start + 1, _VINGT)):
            return tens, place, False
        return tens + unit, start + 1, False
