"""Read a city or a region by its shape: how it is introduced, how it is written, what kind of words it is made of."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.domain.onboarding import leads
from voicebot.domain.onboarding.doubts import EVERYDAY, is_mostly_talk
from voicebot.domain.onboarding.name_parts import PARTICLES, capitalised
from voicebot.domain.onboarding.regions import ends_in_region, is_code, is_region
from voicebot.domain.onboarding.spelled import without_remarks, without_spelling
from voicebot.domain.onboarding.tokens import EDGES, Token, joined, tokens

MAX_PLACE, MAX_PLACE_WORDS = 80, 8
MAX_REPEATED_WORDS = 4
"""The second time, an answer of up to this many words is taken as it stands."""

_SMALL = PARTICLES | leads.as_keys(
    "of on in upon the le la les and or au aux sur sous am an der im bei ob nell' nell do du a v d m the"
)
"""Words that stand inside the names of places without a capital."""
_FIRST = leads.as_keys(
    "the los las el la le les die der san saint st den new old great little big long high good upper lower north nueva bad"
)
_VAGUE = EVERYDAY | leads.as_keys(
    "city town village suburb small little tiny big place road street country ciudad pueblo ville stadt dorf cidade citta"
)
"""What everyday words begin a place: "The Hague", "Los Angeles"."""
_AFTERTHOUGHTS = leads.as_keys("but though although originally aunque pero mais aber mas ma maar ale")


@dataclass(frozen=True)
class Place:
    """A place as it is stored. `sure`: shape and words leave no doubt that it is a place."""

    name: str
    sure: bool = True


def place_in(text: str) -> str | None:
    """Return a city or region, perhaps with its state, country or postal code, that is surely one."""
    read = read_place(text)
    return read.name if read and read.sure else None


def possible_place(text: str) -> str | None:
    """Return the place of words that somebody else says are one."""
    read = read_place(text)
    return read.name if read else None


def tells_place(text: str) -> bool:
    """Whether the text says that a place follows, as "I live in" does; "in" does so before a capital."""
    rest = leads.without_greeting(tokens(text))
    if leads.tells_place(rest):
        return True
    return len(rest) > 1 and rest[0].key == "in" and rest[1].written[:1].isupper()


def lives_in(text: str) -> bool:
    """Whether the text says that somebody lives at the place, not only that they are from there."""
    return leads.begins(leads.without_greeting(tokens(text)), leads.TELLS_PLACE) > 1


def names_home(text: str) -> bool:
    """Whether the text says that a place follows in words that say nothing else: "I live in", "soy de"."""
    return leads.tells_place(leads.without_greeting(tokens(text)))


def place_as_it_stands(text: str) -> str | None:
    """Return the place that a short answer would be, for a person who was asked twice."""
    read = read_place(text)
    if read is None or len(read.name.split()) > MAX_REPEATED_WORDS:
        return None
    talk = not names_home(text) and is_mostly_talk([token.key for token in tokens(text)])
    return None if talk else read.name


def read_place(text: str) -> Place | None:
    """Return the place that the text may be; None for what has no place's shape: a link, a question, a story."""
    found = tokens(text)
    if not found or leads.asks(text):
        return None
    found, told = _introduced(found)
    if 0 < leads.begins(found, leads.TELLS_PERSON) < len(found):
        return None
    found = _where_they_live(list(without_spelling(without_remarks(found))), told=told)
    name = joined(found).strip(' !"*:,;-…')
    name = name.rstrip(".") if name and not _is_short(name.split()[-1]) else name
    if not found or not name or len(found) > MAX_PLACE_WORDS or len(name) > MAX_PLACE:
        return None
    if not all(_is_place_word(token) for token in found):
        return None
    named = [token for token in found if any(char.isalpha() for char in token.written)]
    if sum(char.isalpha() for token in named for char in token.written) < 2:
        # A postal code alone, or a letter.
        return Place(name, sure=False) if 4 <= len(name) <= 10 and not named else None
    return Place(_written(name), sure=_is_sure(named, name, told=told, text=text))


def _introduced(found: Sequence[Token]) -> tuple[list[Token], bool]:
    """Return the words without greeting, introduction and thanks, and whether the introduction says that a place follows."""
    rest, told = list(found), False
    while rest:
        label = rest[0].key in leads.PLACE_LABELS and rest[0].written.endswith(":")
        size = int(label) or leads.begins(rest, leads.TELLS_PLACE)
        if size and size < len(rest):
            rest, told = rest[size:], True
            continue
        if rest[0].key in ("i'm", "im") and leads.begins(rest[1:], leads.TELLS_PLACE):
            # Before "calling from", "based in" and the like.
            rest = rest[1:]
            continue
        size = leads.begins(rest, leads.MAY_TELL_PLACE)
        if size and size < len(rest) and _leads(rest[0]):
            rest = rest[size:]
            continue
        size = leads.begins(rest, leads.GREETINGS) or leads.begins(rest, leads.FILLERS) or leads.thanks(rest)
        if size and _names_more(rest, size):
            break
        if not size and rest[0].ends_clause:
            size = leads.begins(rest, leads.WEAK_FILLERS)
        if not size or size == len(rest):
            break
        rest = rest[size:]
    while rest:
        size = leads.ends(rest, leads.PLACE_TAILS)
        if not size or size == len(rest):
            break
        rest = rest[:-size]
    if [token.key for token in rest[:2]] in (
        ["la", "ciudad"],
        ["la", "ville"],
        ["a", "cidade"],
        ["la", "citta"],
    ):
        rest = rest[1:]
    return rest, told


def _names_more(rest: Sequence[Token], size: int) -> bool:
    """Whether a filler belongs to the name of a place: "Okay Corral, Texas"."""
    large = all(token.written[:1].isupper() for token in rest[: size + 1])
    return large and not rest[size - 1].ends_clause and ends_in_region(joined(rest[size:]))


_BOTH = leads.as_keys("de da a w z es")


def _leads(token: Token) -> bool:
    """Whether a short word is a preposition here: "De Pere" and "A Coruña" begin with a capital."""
    return token.key not in _BOTH or token.written[:1].islower()


_NEAR = leads.as_keys("near outside cerca bei nahe pres vicino perto")


def _where_they_live(found: list[Token], *, told: bool) -> list[Token]:
    """Return the words without an afterthought; "from Peru but I live in Lima" lives in Lima."""
    for place, token in enumerate(found):
        if place and token.written in _NEAR and all(each.key in _VAGUE for each in found[:place]):
            # "a small town near Boise"
            of = place + 1 < len(found) and found[place + 1].key in ("of", "de", "von", "a", "di")
            return found[place + 1 + of :] or found
        if place and token.key in _AFTERTHOUGHTS and token.written[:1].islower():
            rest = found[place + 1 :]
            size = leads.begins(rest, leads.TELLS_PLACE)
            return rest[size:] if size and not told else found[:place]
    return found


def _is_short(word: str) -> bool:
    """Whether a full stop behind the word belongs to an abbreviation: "D.C.", "Frankfurt a. M."."""
    bare = word.rstrip(".")
    return word.endswith(".") and (len(bare) == 1 or "." in bare)


def _is_place_word(token: Token) -> bool:
    bare = token.written.strip(EDGES + "&/")
    if not bare:
        return token.written in ("&", "/", "-")
    if (
        any(len(part) > 3 for part in bare.split(".")[1:])
        or "@" in bare
        or "//" in bare
        or "www." in token.key
    ):
        return False
    return len(bare) <= 40 and all(
        char in "'-.·/&," or unicodedata.category(char)[0] in "LM" or char.isdigit() for char in bare
    )


def _is_sure(named: Sequence[Token], name: str, *, told: bool, text: str) -> bool:
    if ends_in_region(name) or (is_region(name) and len(name) > 3):
        return True
    digits = [token for token in named if any(char.isdigit() for char in token.written)]
    letters = "".join(char for char in text if char.isalpha())
    cased = letters not in (letters.lower(), letters.upper())
    inside = named[1:] if named[0].key in _FIRST and len(named) > 1 else named
    everyday = [token for token in inside if token.key in EVERYDAY - _SMALL]
    if len(digits) > 2 or all(token.key in _SMALL for token in named):
        return False
    large = all(not token.written.strip(EDGES)[:1].islower() for token in inside)
    if all(token.key in _VAGUE for token in inside) and not (told and cased and large):
        return False
    if not cased:
        # "from the gym"; "the bronx" is asked for once more.
        return not everyday and not (named[0].key == "the" and len(named) == 2)
    small = [token for token in inside if token.written.strip(EDGES)[:1].islower()]
    if any(token.key in EVERYDAY - _SMALL for token in small) or (small and inside[0].key in EVERYDAY):
        return False
    plain = [token for token in inside if token.key not in _SMALL]
    return len(everyday) < len(plain) or (told and not small)


def _written(name: str) -> str:
    """Return the place with capitals where it was written without."""
    letters = "".join(char for char in name if char.isalpha())
    if letters not in (letters.lower(), letters.upper()) or not letters:
        return name
    words = name.split()
    if (
        letters == letters.upper()
        and letters != letters.lower()
        and all(len(word.strip(EDGES)) <= 3 for word in words)
    ):
        # "NYC" is a name of its own.
        return name
    if len(words) > 2 and len(words[-1]) == len(words[-2]) == 1:
        # A recogniser's "washington d c".
        words = [*words[:-2], words[-2] + words[-1]]
    written = [
        word.lower()
        if 0 < place < len(words) - 1 and word.strip(EDGES).lower() in _SMALL
        else capitalised(word)
        for place, word in enumerate(words)
    ]
    return " ".join(
        word.upper() if _is_code(words, place) or any(map(str.isdigit, word)) else word
        for place, word in enumerate(written)
    )


def _is_code(words: Sequence[str], place: int) -> bool:
    """Whether the last word is a code of a state or a country; two letters behind a comma are one too."""
    bare = words[place].strip(EDGES)
    after_comma = bool(place) and words[place - 1].endswith(",") and len(bare) == 2 and bare.isalpha()
    return after_comma or (place == len(words) - 1 and is_code(bare))
