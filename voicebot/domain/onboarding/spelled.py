"""Put letters that somebody spells out together, as a recogniser or a person writes them: "j o h n", "M-A-R-I-O"."""

from collections.abc import Sequence

from voicebot.domain.onboarding.tokens import EDGES, Token, key

_BEFORE = frozenset(
    {
        "spelled",
        "spelt",
        "spell",
        "spelling",
        "written",
        "that's",
        "thats",
        "capital",
        "uppercase",
        "it's",
        "deletreado",
        "letra",
    }
)
_MARKS = {"dash": "-", "hyphen": "-", "apostrophe": "'", "space": " ", "guion": "-", "espacio": " "}
_LIKE = frozenset({"as", "for", "like", "de"})
_VOWELS = frozenset("aeiouyáéíóúäöü")
_LEAST = 3
"""Two letters are initials."""


def without_spelling(found: Sequence[Token]) -> Sequence[Token]:
    """Return the words with spelled letters as words; a spelled word takes the place of the word that it spells."""
    words: list[Token] = []
    place = 0
    while place < len(found):
        letters, used = _letters(found, place)
        follows = place + used < len(found)
        if len(letters) < _LEAST or (follows and not _VOWELS & set(letters.lower())):
            words.append(found[place])
            place += 1
            continue
        while words and words[-1].key in _BEFORE:
            words.pop()
        place += used
        for part in letters.split():
            _put(words, part)
        if place < len(found) and found[place].key == words[-1].key:
            # "S-E-A-N, Sean"
            place += 1
    return words


def without_remarks(found: Sequence[Token]) -> Sequence[Token]:
    """Return the words without a remark on how they are written: "Catherine with a C", "Sara without an H"."""
    for place, token in enumerate(found):
        said = [each.key for each in found[place : place + 3]]
        if (
            place
            and token.key in ("with", "without", "con", "sin", "avec", "sans", "mit", "ohne")
            and len(said) > 1
        ):
            last = (
                said[2]
                if len(said) > 2 and said[1] in ("a", "an", "un", "una", "une", "ein", "einem", "two", "one")
                else said[1]
            )
            if len(last) <= 3:
                # "Sara with an h, Chen"
                end = next(
                    (at + 1 for at in range(place, len(found)) if found[at].written.endswith(",")), len(found)
                )
                return [*found[:place], *found[end:]]
    return found


def _letters(found: Sequence[Token], place: int) -> tuple[str, int]:
    """Return the letters that are spelled from here on, and how many words they take."""
    hyphened = found[place].written.strip(EDGES)
    pieces = [piece for piece in hyphened.split("-") if piece]
    if len(pieces) >= _LEAST and all(len(piece) == 1 and piece.isalpha() for piece in pieces):
        return "".join(pieces), 1
    letters, used = "", 0
    while place + used < len(found):
        word = key(found[place + used].written)
        after = found[place + used + 1].key if place + used + 1 < len(found) else ""
        if len(word) == 1 and word.isalpha():
            letters += found[place + used].word.strip(".")
            used += 1
            if after in _LIKE and place + used + 1 < len(found) and _named_by(found[place + used :], word):
                used += _named_by(found[place + used :], word)
        elif letters and word in _MARKS and len(after) == 1:
            letters += _MARKS[word]
            used += 1
        elif word == "double" and len(after) == 1 and after.isalpha():
            letters += after * 2
            used += 2
        else:
            break
    return letters, used


def _named_by(rest: Sequence[Token], letter: str) -> int:
    """Return how many words name the letter: "as in Nancy", "for Nancy"."""
    size = 3 if len(rest) > 2 and (rest[0].key, rest[1].key) == ("as", "in") else 2
    named = rest[size - 1].key if len(rest) >= size else ""
    return size if named.startswith(letter) and len(named) > 1 else 0


def _put(words: list[Token], spelled: str) -> None:
    written = spelled[:1].upper() + spelled[1:].lower() if len(spelled) > 1 else spelled
    written = "".join(
        char.upper() if place and written[place - 1] in "-'" else char for place, char in enumerate(written)
    )
    new = Token(written, key(written))
    for place in range(len(words) - 1, -1, -1):
        if words[place].key[:1] == new.key[:1] and _close(words[place].key, new.key):
            words[place] = new
            return
    words.append(new)


def _close(one: str, other: str) -> bool:
    """Whether two words may be one that was heard and spelled: they share most letters."""
    shared = sum(min(one.count(char), other.count(char)) for char in set(one))
    return shared * 2 >= max(len(one), len(other))
