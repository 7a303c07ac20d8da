"""Split a text into words and figures, and say what each means to a listener for digits. Pure."""

import re
import unicodedata
from collections.abc import Container
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from voicebot.domain.languages.accents import without_accents

_FIGURE = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:['’´`][^\W\d_]+)*")
_TOKEN = re.compile(rf"{_FIGURE.pattern}|{_WORD.pattern}")
_LOOKS_LIKE_A_CODE = re.compile(r"(?<!\w)[\dOolIiSsBZz]{6}(?!\w)", re.ASCII)
LEAST_DIGITS = 4
_LETTERS_AS_DIGITS = str.maketrans("OolIiSsBZz", "0011155822")
_PARTS_NUMBERS = re.compile(r"[,;.:]")


class Kind(Enum):
    """The kind of a stretch of words when digits are expected."""

    DIGITS = "digits"
    ORDINAL = "ordinal"
    FILLER = "filler"
    CORRECTION = "correction"
    DENIAL = "denial"
    DOUBT = "doubt"
    OTHER = "other"


class Term(NamedTuple):
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


class Token(NamedTuple):
    """A word, without accents and in small letters, or a figure: then `digits` is what it says."""

    start: int
    end: int
    word: str
    digits: str = ""
    parted: bool = False
    """Whether a comma or a stop parts it from the word before."""


def tokens(text: str) -> list[Token]:
    """Return the words and figures of a text in their order."""
    found: list[Token] = []
    end = 0
    text = _with_digits(text)
    for match in _TOKEN.finditer(text):
        word, parted = match.group(), _PARTS_NUMBERS.search(text, end, match.start()) is not None
        end = match.end()
        if word.isdigit():
            digits = _ascii(word)
            found.append(Token(match.start(), end, digits, digits, parted))
        else:
            found.append(Token(match.start(), end, plain(word), parted=parted))
    return found


def figures(text: str) -> list[Term]:
    """Return the digits that are written as figures, each figure by itself."""
    return [
        Term(one.start(), one.end(), Kind.DIGITS, _ascii(one.group()), 0, True)
        for one in _FIGURE.finditer(_with_digits(text))
    ]


def unread_words(text: str, known: Container[str]) -> list[Term]:
    """Return the words that are `known` as parts of numbers, without what they say."""
    return [
        Term(one.start(), one.end(), Kind.DOUBT)
        for one in _WORD.finditer(text)
        if plain(one.group()) in known
    ]


def _with_digits(text: str) -> str:
    """Return the text, as long as it was, with digits for the letters that stand for one in six signs: "4829l3"."""
    return _LOOKS_LIKE_A_CODE.sub(_read_as_digits, text)


def _read_as_digits(found: re.Match[str]) -> str:
    most = sum(char.isdigit() for char in found[0]) >= LEAST_DIGITS
    return found[0].translate(_LETTERS_AS_DIGITS) if most else found[0]


def _ascii(figure: str) -> str:
    return figure if figure.isascii() else "".join(str(unicodedata.digit(char, 0)) for char in figure)


@lru_cache(maxsize=4096)
def plain(word: str) -> str:
    """Return a word as it is looked up: in small letters, without accents and apostrophes."""
    return "".join(filter(str.isalpha, without_accents(word.casefold())))
