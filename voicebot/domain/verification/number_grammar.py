"""Read the numbers of a text as one language says them.

Pure. A grammar for all: units, teens, tens, hundreds, thousands, "double", things counted ("two fours") and places
("first"); `NumberWords` says in what the languages differ. A number that may be two is doubtful, and has no digits.
"""

import itertools
from collections.abc import Iterable, Sequence
from functools import lru_cache

from voicebot.domain.verification.number_terms import Kind, Term, Token
from voicebot.domain.verification.number_words import EXCLAIMED, LANGUAGES, SAID_FOR_ONE_THING, NumberWords

_LONGEST_WORD = 80
_VINGT = ("vingt", "vingts")


def _numerals(words: NumberWords) -> frozenset[str]:
    """Return the words that numbers are made of."""
    return frozenset(
        {*words.units, *words.teens, *words.tens, *words.hundreds, *words.hundred, *words.thousand}
    )


VOCABULARIES = tuple(
    _numerals(words) | {*words.plurals, *words.times, *words.ordinals} for words in LANGUAGES
)
ALL_WORDS = frozenset().union(*VOCABULARIES)
_PARTS = tuple(
    (*(part for part in _numerals(words) if len(part) > 2), *(words.joins & {"und"})) for words in LANGUAGES
)
_BEGINNINGS = tuple(frozenset(part[:3] for part in parts) for parts in _PARTS)


@lru_cache(maxsize=4096)
def fused(word: str, language: int) -> tuple[str, ...]:
    """Return the number words inside one word, as in "zweiundvierzig"; nothing when the word is simple or no number."""
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


FILLERS_OF_ANY = frozenset(word for words in LANGUAGES for word in words.fillers)
SURE = 1000
"""What a number word weighs that is a filler in no language: more than all others of a text."""


class Reader:
    """Reads a text as one language."""

    def __init__(self, tokens: Sequence[Token], language: int, *, begins_by_sound: bool = False) -> None:
        """`begins_by_sound`: a word that sounds like a digit counts in front of spoken digits, too."""
        self._begins_by_sound = begins_by_sound
        self._language, self._words = language, LANGUAGES[language]
        self._numerals = VOCABULARIES[language] - set(self._words.ordinals) | _numerals(self._words)
        idioms = {
            place + step
            for place, (one, other) in enumerate(itertools.pairwise(tokens))
            if (one.word, other.word) in SAID_FOR_ONE_THING
            for step in (0, 1)
        }
        self._tokens: list[Token] = []
        self._idiom: list[bool] = []
        for place, token in enumerate(tokens):
            for part in self._parts(token):
                self._tokens.append(part)
                self._idiom.append(place in idioms)
        self._counts = self._which_count()
        # "Two, um, zero" is English, although um is one in Portuguese.
        self.known = sum(
            1 if token.word in FILLERS_OF_ANY else SURE
            for token, counts in zip(self._tokens, self._counts, strict=True)
            if counts and not token.digits
        )

    def _parts(self, token: Token) -> list[Token]:
        if token.digits or token.word in self._numerals:
            return [token]
        parts = fused(token.word, self._language)
        # "zweihundertsechs hundertacht": two words of several numbers each are two numbers.
        before = self._tokens[-2:]
        parted = token.parted or (
            len(before) > 1
            and before[0].start == before[1].start
            and parts[:1]
            and parts[0] in self._words.hundred
        )
        return [
            Token(token.start, token.end, part, parted=bool(parted) and not place)
            for place, part in enumerate(parts)
        ] or [token]

    def _is_weak(self, place: int) -> bool:
        word = self._tokens[place].word
        return word in self._words.weak and word in self._numerals and not self._idiom[place]

    def _which_count(self) -> list[bool]:
        """Return which tokens are numbers: strong words by themselves, weak ones alone or beside a number."""
        tokens, words = self._tokens, self._words
        weak = words.weak - (words.said_in if any(token.word in words.hints for token in tokens) else set())
        counts = [
            bool(token.digits) or (token.word in self._numerals and token.word not in weak and not idiom)
            for token, idiom in zip(tokens, self._idiom, strict=True)
        ]
        between = words.fillers | words.corrections | words.denials | words.doubts
        said = [
            place
            for place, token in enumerate(tokens)
            if token.word in words.weak or token.word not in between
        ]
        for one, other in itertools.pairwise([said[0], *said] if len(said) == 1 else said):
            if all(self._is_weak(place) for place in (one, other)) and not (
                {tokens[one].word, tokens[other].word} <= EXCLAIMED
            ):
                counts[one] = counts[other] = True
        forwards = range(len(tokens))
        for places in (forwards, reversed(forwards)):
            beside = False
            for place in places:
                word = tokens[place].word
                if self._is_weak(place):
                    counts[place] = counts[place] or beside
                beside = counts[place] or (beside and word in between)
        for place in range(len(tokens) - 1):
            if tokens[place].word in words.sounds and counts[place + 1]:
                begins = (
                    self._begins_by_sound and len(tokens[place + 1].digits) <= 1 and not any(counts[:place])
                )
                counts[place] = begins or (place > 0 and counts[place - 1])
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
