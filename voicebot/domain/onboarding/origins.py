"""Separate a name from the person's home town: "sono Marco da Milano", "I'm Tom from Leeds".

Names contain such words too ("Leonardo da Vinci", "Ana de Armas"). So a town is meant after a comma, after a word that
no name contains, or where a known town or country follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicebot.domain.onboarding import leads
from voicebot.domain.onboarding.leads import as_keys, phrases
from voicebot.domain.onboarding.places import place_in
from voicebot.domain.onboarding.regions import ends_in_region, is_region
from voicebot.domain.onboarding.tokens import EDGES, Token, joined, key, tokens
from voicebot.domain.onboarding.tongues import origins

_NEVER_IN_NAMES = phrases(origins.NEVER_IN_NAMES)
_ALSO_IN_NAMES = phrases(origins.ALSO_IN_NAMES)
_ARTICLES = frozenset({"the", "a", "your", "our", "my"})
_TOWNS = as_keys(origins.TOWNS)
_ALSO_LAST_NAMES, _ALWAYS_NAMES = as_keys(origins.ALSO_LAST_NAMES), as_keys(origins.ALWAYS_NAMES)


@dataclass(frozen=True)
class Named:
    """The words before a town, and the town. `sure`: their shape leaves no doubt that one is a name, the other a town."""

    name: tuple[Token, ...]
    place: str
    sure: bool


def name_and_place(text: str) -> tuple[str, str] | None:
    """Return a name with what introduces it, and the town behind it; None where the text has not surely both."""
    found = tokens(text)
    start = len(found) - len(leads.without_greeting(found))
    tells = leads.begins(found[start:], leads.TELLS_NAME)
    start += tells or leads.begins(found[start:], leads.MAY_TELL_NAME)
    named = named_from(found[start:], told=bool(tells))
    if named is None or not named.sure:
        return None
    return joined([*found[:start], *named.name]), named.place


def named_from(found: Sequence[Token], *, told: bool) -> Named | None:
    """Return a name without introduction and the town behind it; `told`: "my name is" stood before. None without a town."""
    if not found or leads.tells_place(found):
        return None
    letters = "".join(char for token in found for char in token.written if char.isalpha())
    cased = letters not in (letters.lower(), letters.upper())
    for start in range(1, len(found)):
        if cased and found[start].written[:1].isupper():
            continue
        name, behind = found[:start], found[start:]
        comma = name[-1].written.endswith(",")
        size = leads.begins(behind, _NEVER_IN_NAMES)
        if size and size < len(behind) and behind[size].key in _ARTICLES:
            # "Ana from the office".
            continue
        if size:
            place = _place(behind[size:], cased=cased)
            if size < len(behind):
                return Named(_bare(name), place, bool(place) and _is_written(name, cased=cased))
        elif town := _behind(behind):
            known = is_town(town) and not (told and key(joined(town)) in _ALSO_LAST_NAMES)
            if (known and key(joined(town)) not in _ALWAYS_NAMES) or (comma and cased):
                place = _place(town, cased=cased)
                return Named(_bare(name), place, bool(place) and _is_written(name, cased=cased))
    return None


def is_town(found: Sequence[Token]) -> bool:
    """Whether the words are a known town or country, perhaps with what it lies in behind a comma."""
    text = joined(found)
    return is_region(text.split(",")[0]) or key(text.split(",")[0]) in _TOWNS or ends_in_region(text)


def town_in(text: str) -> str:
    """Return the town of words that say nothing but where somebody comes from: "da Milano", "d'Annecy"; "" for others."""
    found = tokens(text)
    if not found or found[0].written[:1].isupper():
        return ""
    town = _behind(found)
    return _place(town, cased=not is_town(town))


def _behind(found: Sequence[Token]) -> Sequence[Token]:
    """Return the words behind one that may stand in a name; none without such a word."""
    if size := leads.begins(found, _ALSO_IN_NAMES):
        # "de" + "los angeles", "de la" + "Habana": the longer phrase may belong to the town.
        return found[1:] if is_town(found[1:]) else found[size:]
    for joint in origins.JOINED:
        if found[0].written.casefold().startswith(joint):
            bare = found[0].written[len(joint) :]
            return [replace(found[0], written=bare, key=key(bare)), *found[1:]] if bare else ()
    return ()


def _place(found: Sequence[Token], *, cased: bool) -> str:
    """Return the town as it is stored; "" when the text is surely none: "from the gym", "from accounting"."""
    if not found or (cased and not any(token.written[:1].isupper() for token in found)):
        return ""
    return place_in(joined(found)) or ""


def _is_written(name: Sequence[Token], *, cased: bool) -> bool:
    """Whether the words before a town are written as a name: not "appena tornato da Milano"."""
    return not cased or any(token.written[:1].isupper() for token in name)


def _bare(name: Sequence[Token]) -> tuple[Token, ...]:
    last = name[-1]
    return (*name[:-1], replace(last, written=last.written.rstrip(EDGES.replace(".", ""))))
