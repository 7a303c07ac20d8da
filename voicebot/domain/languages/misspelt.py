"""Know the words that decide where fingers slipped: letters in another order, one left out, one twice, another in its place.

Only long words are known so: the shorter one is, the more other words lie beside it.
"""

import re
from collections.abc import Iterable

LEAST_LETTERS = 6
"""From so many letters on a word is known with one letter left out."""
LEAST_FOR_ANOTHER = 8
"""From so many on with another letter in the place of one."""
_DOUBLED = re.compile(r"(.)\1")


class KeyWords:
    """Words in small letters that are known by what they become when they are misspelt; the first letter is always right."""

    def __init__(self, words: Iterable[str]) -> None:
        known = list(words)
        self._begin = {word[0] for word in known}
        self._sizes = range(min(map(len, known)) - 1, max(map(len, known)) + 2)
        self._meant = {
            wrong: word
            for word in known
            if len(word) >= LEAST_LETTERS
            for wrong in (
                *_one_left_out(word),
                *(_one_blotted(word) if len(word) >= LEAST_FOR_ANOTHER else ()),
            )
        }
        self._squeezed = {_DOUBLED.sub(r"\1", word): word for word in known}
        self._letters = {(word[0], *sorted(word)): word for word in known}
        self._meant |= {word: word for word in known}

    def meant_by(self, word: str) -> str:
        """Return the key word that a word in small letters is meant to be; itself where it is none."""
        if word[:1] not in self._begin or len(word) not in self._sizes:
            return word
        found = (
            self._meant.get(word)
            or self._letters.get((word[0], *sorted(word)))
            or self._squeezed.get(_DOUBLED.sub(r"\1", word))
        )
        if found is None and len(word) >= LEAST_FOR_ANOTHER:
            found = next((self._meant[each] for each in _one_blotted(word) if each in self._meant), None)
        return found or word


def _one_left_out(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(1, len(word))]


def _one_blotted(word: str) -> list[str]:
    return [f"{word[:at]}?{word[at + 1 :]}" for at in range(1, len(word))]
