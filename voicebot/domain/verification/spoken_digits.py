"""Digits in a text, as they are written and as a recogniser writes down what somebody spoke.

Pure. "double four oh nine", "4-4-0-9" and "forty four, zero nine" are the same digits.
"""

import re
import unicodedata
from dataclasses import dataclass

_ONES = {
    word: str(value)
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
} | {"oh": "0", "o": "0", "nought": "0", "null": "0"}
_TEENS = {
    word: str(value)
    for value, word in enumerate(
        (
            "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
            "nineteen",
        ),
        start=10,
    )
}  # fmt: skip
_TENS = {
    word: str(value)
    for value, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_TIMES = {"double": 2, "triple": 3}
# What a recogniser writes for a digit; taken for one only between two others.
_SOUNDS_LIKE = {"to": "2", "too": "2", "for": "4", "fore": "4", "won": "1", "ate": "8"}
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
# Anything but a letter, a digit and the end of a question or an exclamation: also what makes a keycap of a digit.
_BETWEEN = re.compile(r"(?:[^\w!?]|_)*")
_Token = tuple[int, int, str]


@dataclass(frozen=True)
class Piece:
    """Digits that were written or spoken in one go, and where."""

    start: int
    end: int
    digits: str


def joined(run: list[Piece]) -> str:
    """Return the digits of a run, one after the other."""
    return "".join(piece.digits for piece in run)


def digit_runs(text: str) -> list[list[Piece]]:
    """Return the digits of a text in runs: what has nothing but punctuation between it belongs together."""
    runs: list[list[Piece]] = []
    for piece in _pieces(text):
        if runs and _BETWEEN.fullmatch(text, runs[-1][-1].end, piece.start):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _pieces(text: str) -> list[Piece]:
    tokens = [(match.start(), match.end(), match.group().casefold()) for match in _TOKEN.finditer(text)]
    pieces: list[Piece] = []
    place = 0
    while place < len(tokens):
        start, _, _ = tokens[place]
        digits, used = _read(
            tokens, place, text, follows=bool(pieces) and pieces[-1].end == tokens[place - 1][1]
        )
        if used:
            pieces.append(Piece(start, tokens[place + used - 1][1], digits))
        place += used or 1
    return pieces


def _read(tokens: list[_Token], place: int, text: str, *, follows: bool) -> tuple[str, int]:
    """Return the digits that begin at a token, and how many tokens they take."""
    word = tokens[place][2]
    following = tokens[place + 1][2] if place + 1 < len(tokens) else ""
    near = bool(following) and bool(_BETWEEN.fullmatch(text, tokens[place][1], tokens[place + 1][0]))
    digit = _one_digit(following) if near else ""
    if word[0].isdigit():
        return "".join(str(unicodedata.digit(one, 0)) for one in word), 1
    if word in _ONES:
        # A lone letter is a digit only in company.
        return (_ONES[word], 1) if word != "o" or follows or digit else ("", 0)
    if word in _TEENS:
        return _TEENS[word], 1
    if word in _TENS:
        return (
            (_TENS[word] + digit, 2)
            if digit and following not in ("oh", "o", "0")
            else (_TENS[word] + "0", 1)
        )
    if word in _TIMES and digit:
        return digit * _TIMES[word], 2
    if word in _SOUNDS_LIKE and follows and digit:
        return _SOUNDS_LIKE[word], 1
    return "", 0


def _one_digit(word: str) -> str:
    if len(word) == 1 and word.isdigit():
        return str(unicodedata.digit(word, 0))
    return _ONES.get(word, "")
