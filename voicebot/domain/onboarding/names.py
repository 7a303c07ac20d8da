"""Read a name by its shape: how it is introduced, how it is written, what kind of words it is made of.

Whether words are a name is decided here; which of them are first and last name is decided by a library (`name_parts`).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.domain.onboarding import leads
from voicebot.domain.onboarding.doubts import EVERYDAY, is_mostly_talk
from voicebot.domain.onboarding.name_parts import (
    PARTICLES,
    SHORT,
    SUFFIXES,
    TITLES,
    first_and_last,
    is_short_name,
)
from voicebot.domain.onboarding.origins import named_from
from voicebot.domain.onboarding.regions import ends_in_region, is_region
from voicebot.domain.onboarding.spelled import without_remarks, without_spelling
from voicebot.domain.onboarding.tokens import EDGES, Token, joined, key, tokens

MAX_NAME, MAX_NAME_WORDS = 60, 6
MAX_REPEATED_WORDS = 3
"""The second time, an answer of up to this many words is taken as it stands."""

_AROUND = (
    ("我叫", ""), ("我是", ""), ("我的名字是", ""), ("我的名字叫", ""), ("私は", "です"), ("わたしは", "です"), ("私の名前は", "です"),
    ("", "です"), ("", "と申します"), ("", "といいます"), ("제 이름은", "입니다"), ("저는", "입니다"), ("제 이름은", "이에요"), ("저는", "예요"), ("", "입니다"),
)  # fmt: skip
"""What stands around a name in languages that write it without a space."""
_SAID_OF_THEM = leads.phrases(
    "short for|also known as|aka|with|at|from|for|on behalf of|calling from|calling for|writing for|bei|von der firma|chez|de la part de|de la empresa|de parte de|da empresa|della ditta",
    "but call me|but you can call me|but everyone calls me|but people call me|but i go by|aber nenn mich|pero me dicen|pero me llaman|mais on m'appelle|ma mi chiamano",
)
_FOR_SHORT = leads.phrases("for short")
_WHOSE = leads.as_keys(
    "my your his her our the su mi tu mon ma votre son sa mein meine dein deine ihr ihre der die das meu minha seu sua il mio mia suo sua"
)
_COMPANIES = leads.as_keys("inc llc ltd gmbh ag corp corporation company plc kg ug sarl srl spa ltda bv")
_BUT = frozenset({"but", "pero", "mais", "aber", "mas", "ma"})
_NOT = frozenset({"not", "no", "non", "nicht", "pas", "n\u00e3o", "nao"})
_PRONOUNS = frozenset(
    {"he", "him", "his", "she", "her", "hers", "they", "them", "theirs", "el", "ella", "elle", "ze", "any"}
)
_IS = frozenset({"è", "é", "e'"})
"""Italian and Portuguese for "it is": without its accent the word would be an initial, or "and"."""


@dataclass(frozen=True)
class Name:
    """A name as it is stored; one of the two may be blank. `sure`: shape and words leave no doubt that it is a name."""

    first: str
    last: str
    sure: bool = True


def name_in(text: str) -> tuple[str, str] | None:
    """Return the first and the last name (one may be blank) if the text is surely a name."""
    read = read_name(text)
    return (read.first, read.last) if read and read.sure else None


def possible_name(text: str) -> tuple[str, str] | None:
    """Return first and last name of words that somebody else says are one."""
    read = read_name(text)
    return (read.first, read.last) if read else None


def name_as_it_stands(text: str) -> tuple[str, str] | None:
    """Return the name that a short answer would be, for a person who was asked twice."""
    read = read_name(text)
    if read is None or len(f"{read.first} {read.last}".split()) > MAX_REPEATED_WORDS:
        return None
    if not names_the_name(text) and is_mostly_talk([token.key for token in tokens(text)]):
        return None
    return read.first, read.last


def read_name(text: str) -> Name | None:
    """Return the name that the text may be; None for what has no name's shape: digits, a link, a question, a story."""
    found = [token for token in tokens(_spaced(text)) if not _is_pronouns(token)]
    if not found or leads.asks(text):
        return None
    found = [Token("and", "and") if token.written == "&" else token for token in found]
    found, told = _introduced(_by_labels(_behind_but(found)))
    if leads.tells_place(found):
        return None
    if found and found[0].written in _IS:
        # "è urgente": what is told has no capital.
        return None
    origin = named_from(found, told=told)
    found = list(origin.name) if origin else found
    found = list(without_spelling(without_remarks(_without_company(_meant(found)))))
    found = _said_twice(_bare(found))
    words = [token for token in found if token.key not in SUFFIXES]
    if not words or len(found) > MAX_NAME_WORDS or len(joined(found)) > MAX_NAME:
        return None
    if not all(_is_name_word(token) for token in words):
        return None
    if sum(len(token.key.strip(".")) for token in words) < 2 and words[0].key.isascii():
        return None
    named = first_and_last(found)
    if named is None:
        return None
    return Name(*named, sure=_is_sure(found, told=told, text=text) and (origin is None or origin.sure))


def _by_labels(found: list[Token]) -> list[Token]:
    """Return "First: Ann Last: Lee" as "Lee, Ann"; other words as they are."""
    if begin := leads.begins(found, leads.LAST_LABELS):
        for place in range(begin + 1, len(found)):
            size = leads.begins(found[place:], leads.FIRST_LABELS)
            if size and place + size < len(found):
                last = [Token(token.written.strip(EDGES), token.key) for token in found[begin:place]]
                return [*last[:-1], Token(f"{last[-1].written},", last[-1].key), *found[place + size :]]
    if named := _labelled_behind(found):
        return named
    for place in range(max(1, leads.begins(found, leads.TELLS_NAME)), len(found)):
        size = leads.begins(found[place:], leads.LAST_LABELS)
        if not size and found[place].written.casefold() == "last:":
            size = 1
        begin = leads.begins(rest := leads.without_greeting(found[:place]), leads.FIRST_LABELS)
        if size and begin < len(rest) and place + size < len(found):
            last = [Token(token.written.strip(EDGES), token.key) for token in found[place + size :]]
            return [*last[:-1], Token(f"{last[-1].written},", last[-1].key), *_bare(list(rest[begin:]))]
    return found


def _labelled_behind(found: list[Token]) -> list[Token]:
    """Return "Ann is my first name, Lee is my last" in the form of "Lee, Ann", in either order; nothing for other words."""
    said = [token.key.strip(EDGES) for token in found]
    label = ["is", "my"]
    places = [
        place
        for place in range(1, len(said) - 2)
        if said[place : place + 2] == label and said[place + 2] in ("first", "last")
    ]
    if len(places) != 2 or {said[place + 2] for place in places} != {"first", "last"}:
        return []
    begin = places[0] + 3
    while begin < places[1] and said[begin] in ("name", "and"):
        begin += 1
    named = {said[places[0] + 2]: found[: places[0]], said[places[1] + 2]: found[begin : places[1]]}
    if not named["first"] or not named["last"]:
        return []
    last = named["last"][-1]
    return [*named["last"][:-1], Token(f"{last.written},", last.key), *named["first"]]


def _behind_but(found: list[Token]) -> list[Token]:
    """Return a name that follows "but", where no name comes before it: "this is my husband's phone, but I'm Linda"."""
    if leads.begins(leads.without_greeting(found), leads.TELLS_NAME):
        return found
    for place, token in enumerate(found[:-1]):
        rest = found[place + 1 :]
        if place and token.key in _BUT and (_tells(rest) or _it_is(rest)):
            return rest
    return found


def _meant(found: list[Token]) -> list[Token]:
    """Return the name that is meant beside one that is not: "Steven not Stephen", "not Stephen, Steven"."""
    place = next((place for place, token in enumerate(found) if token.written in _NOT), None)
    if place is None:
        return found
    if place:
        kept, other = found[:place], found[place + 1 :]
    else:
        end = next((at + 1 for at, token in enumerate(found) if token.ends_clause), len(found))
        other, kept = found[1:end], found[end:]
    named = kept and other and not any(token.key in EVERYDAY - PARTICLES for token in (*kept, *other))
    return _bare(list(kept)) if named and len(other) <= MAX_REPEATED_WORDS else found


def _tells(rest: Sequence[Token]) -> int:
    return leads.begins(rest, leads.TELLS_NAME) or leads.begins(rest, leads.MAY_TELL_NAME)


def _without_company(found: list[Token]) -> list[Token]:
    """Return the words of a name without for whom its bearer works, or what else they are called."""
    comma = next((place for place, token in enumerate(found[:-1]) if token.written.endswith(",")), None)
    short = leads.ends(found, _FOR_SHORT)
    if comma is not None and (short or _is_relation(found[comma + 1 :])):
        return _bare(found[: comma + 1])
    if short:
        return found[:-short]
    for place in range(1, len(found)):
        rest = found[place:]
        if len(rest) > 1 and (
            leads.begins(rest, _SAID_OF_THEM) or (place > 1 and not rest[0].key.strip("-\u2013\u2014"))
        ):
            return found[:place]
    if comma is not None and found[-1].key.strip(".") in _COMPANIES:
        last = found[comma]
        return [*found[:comma], Token(last.written.rstrip(","), last.key)]
    return found


def _is_relation(rest: Sequence[Token]) -> bool:
    """Whether the words behind a comma say who somebody is: "Helen, Mark's wife", "Tom, your neighbour"."""
    return len(rest) > 1 and (rest[0].key.endswith("'s") or rest[0].key in _WHOSE)


def _spaced(text: str) -> str:
    """Return the text without the words around a name that no punctuation separates from it."""
    bare = text.strip(" .!。！") if len(text) < MAX_NAME else text
    for before, after in _AROUND:
        if bare.startswith(before) and bare.endswith(after) and len(bare) > len(before) + len(after):
            return bare[len(before) : len(bare) - len(after)].strip()
    return text


def _it_is(found: Sequence[Token]) -> int:
    """Return how many words tell a name with a capital in "è Marco", "è il signor Bianchi" or "é a Marta"."""
    if found[0].written.casefold() not in _IS:
        return 0
    size = 2 if len(found) > 2 and found[1].key in ("il", "la", "o", "a") else 1
    is_name = len(found) > size and (found[size].written[:1].isupper() or found[size].key in TITLES)
    return size if is_name else 0


def _is_pronouns(token: Token) -> bool:
    """Whether the word is somebody's pronouns, as in "Alex (they/them)"."""
    parts = [key(part) for part in token.written.split("/")]
    return len(parts) > 1 and all(part in _PRONOUNS for part in parts)


def _introduced(found: Sequence[Token]) -> tuple[list[Token], bool]:
    """Return the words without greeting, introduction and thanks, and whether the introduction says that a name follows."""
    rest, told = list(found), False
    while rest and not leads.tells_place(rest):
        if size := leads.begins(rest, leads.TELLS_NAME):
            rest, told = rest[size:], True
        elif (size := leads.begins(rest, leads.MAY_TELL_NAME)) or (not told and (size := _it_is(rest))):
            rest = rest[size:]
        elif told and leads.begins(rest, leads.GREETINGS) == len(rest):
            # "Mam na imię Ola": the next word is the name, whatever it means elsewhere.
            break
        elif size := _fills(rest):
            rest = rest[size:]
        else:
            break
    while rest:
        size = (
            leads.ends(rest, leads.NAME_TAILS)
            or leads.ends(rest, leads.GREETINGS)
            or leads.ends(rest, leads.RETURNED)
        )
        if not size or size == len(rest):
            break
        told = told or rest[-size:][-1].key in ("name", "nombre")
        rest = rest[:-size]
    return rest, told


def names_the_name(text: str) -> bool:
    """Whether the text says that the name itself follows, as "my name is" does and "I'm" may not."""
    size = leads.begins(rest := leads.without_greeting(tokens(text)), leads.TELLS_NAME)
    return size > 1 and not {"me", "call"} & {token.key for token in rest[:size]}


def tells_name(text: str) -> bool:
    """Whether the text says that a name follows, as "my name is" and "I'm" do."""
    rest = leads.without_greeting(tokens(text))
    if leads.tells_place(rest):
        return False
    return bool(leads.begins(rest, leads.TELLS_NAME) or leads.begins(rest, leads.MAY_TELL_NAME))


def _fills(rest: Sequence[Token]) -> int:
    """Return how many words say nothing of the name."""
    size = leads.begins(rest, leads.GREETINGS) or leads.begins(rest, leads.FILLERS) or leads.thanks(rest)
    if not size and _is_filler(rest):
        size = leads.begins(rest, leads.WEAK_FILLERS)
    return size


def _is_filler(rest: Sequence[Token]) -> bool:
    """Whether a word that may be a name is none: punctuation, a lead or another filler follows, or a name with capitals."""
    if len(rest) < 2:
        return False
    after = rest[1:]
    if rest[0].ends_clause or any(
        leads.begins(after, known)
        for known in (leads.TELLS_NAME, leads.MAY_TELL_NAME, leads.GREETINGS, leads.FILLERS)
    ):
        return True
    return rest[0].written[:1].islower() and after[0].written[:1].isupper()


def _bare(found: list[Token]) -> list[Token]:
    """Return the words without punctuation at both ends, but with that of abbreviations and of "Last, First"."""
    if not found:
        return found
    first, last = found[0], found[-1]
    found[0] = Token(first.written.lstrip(" .,!?:;-…*"), first.key)
    written = found[-1].written
    trimmed = written.rstrip(" ,!?:;-…*")
    if trimmed.endswith(".") and len(last.key) > 1 and last.key not in SUFFIXES:
        trimmed = trimmed.rstrip(".")
    found[-1] = Token(trimmed, last.key)
    return [token for token in found if token.written.strip(EDGES)]


def _said_twice(found: list[Token]) -> list[Token]:
    """Return the words without a name that is said again in full: "Bond, James Bond", "Mario, Mario Rossi", "Mario Mario Rossi"."""
    if len(found) > 2 and found[0].key == found[1].key:
        return found[1:]
    for place, token in enumerate(found[:-1]):
        if token.written[-1:] in ",.":
            before, after = (
                [each.key for each in found[: place + 1]],
                [each.key for each in found[place + 1 :]],
            )
            size = len(before)
            if size <= len(after) and before in (after[:size], after[-size:]):
                more = [key for key in after if key not in before]
                return found[: place + 1] if set(more) <= EVERYDAY else found[place + 1 :]
            break
    return found


def _is_name_word(token: Token) -> bool:
    bare = token.written.strip(EDGES)
    if token.key in ("and", "&"):
        return True
    letters = [char for char in bare if unicodedata.category(char)[0] in "LM"]
    inner = all(char in "'-.·" or unicodedata.category(char)[0] in "LM" for char in bare)
    # A full stop stands behind letters or initials; inside a longer word it is part of an address.
    address = any(len(part) > 2 for part in bare.split(".")[1:] if part)
    return bool(letters) and inner and not address


def _is_sure(found: Sequence[Token], *, told: bool, text: str) -> bool:
    bare = [token for token in found if token.key not in SUFFIXES | TITLES] or list(found)
    commas = sum(token.written.endswith(",") for token in found[:-1])
    if commas and not _is_last_first(found):
        return False
    letters = "".join(char for char in text if char.isalpha())
    cased = letters not in (letters.lower(), letters.upper())
    if not cased:
        return not any(token.key in EVERYDAY - PARTICLES or _opens(token, bare) for token in bare)
    if any(_ends_sentence(token) for token in found[:-1]):
        return False
    plain = [token for token in bare if token.key not in PARTICLES]
    small = [token for token in plain if token.written.strip(EDGES)[:1].islower()]
    if any(token.key in EVERYDAY for token in small) or (small and bare[0].key in EVERYDAY):
        return False
    # A telephone writes the first word with a capital by itself: alone it says nothing.
    everyday = [token for token in plain if token.key in EVERYDAY]
    return len(everyday) < len(plain) or (told and not small)


def _ends_sentence(token: Token) -> bool:
    long = len(token.key) > SHORT and token.key not in TITLES
    return token.written.endswith(".") and (long or is_short_name(token))


def _opens(token: Token, bare: Sequence[Token]) -> bool:
    """Whether a particle stands where no name has it: at an end."""
    return token.key in PARTICLES & EVERYDAY and token in (bare[0], bare[-1])


def _is_last_first(found: Sequence[Token]) -> bool:
    """Whether the one comma parts last and first name, and not a name and a place or a suffix."""
    commas = [place for place, token in enumerate(found[:-1]) if token.written.endswith(",")]
    before, after = found[: commas[0] + 1], found[commas[0] + 1 :]
    if all(token.key in SUFFIXES for token in after):
        return True
    if len(commas) != 1 or len(before) > 4 or len(after) > 3:
        return False
    plain = [token for token in after if len(token.key) > 1]
    words = joined(after)
    if ends_in_region(words) or (len(after) > 1 and is_region(after[-1].written)):
        # "Jane Doe, Austin TX"
        return False
    return not is_region(words) and not any(token.key in EVERYDAY - PARTICLES for token in plain)
