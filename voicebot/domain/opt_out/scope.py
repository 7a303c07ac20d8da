"""Our question when we are in doubt, "Shall I stop all texts, or only offers?", and the answers to it."""

from enum import StrEnum

from voicebot.domain.languages.plain_words import normalised
from voicebot.domain.opt_out.offers import declines_offers, names_offers

LONGEST = 200


class Scope(StrEnum):
    """The part that is to end."""

    ALL = "all"
    OFFERS = "offers"
    NOTHING = "nothing"


_ALL_LIST = "all both everything first texts messages calls todo todos todas ambos tout tous toutes alles alle beides tudo tutto tutti entrambi"
_ALL = frozenset(_ALL_LIST.split())
_ALL_WHOLE = frozenset(
    {
        "all of it", "all of them", "all texts", "all messages", "stop all", "stop everything", "the first", "the first one", "all texts and calls",
        "stop all texts", "stop them all", "all of the texts", "everything please", "yes all", "yes everything", "all the texts", "all calls and texts",
        "todos los mensajes", "tous les messages", "alle nachrichten", "todas as mensagens", "tutti i messaggi", "de tout", "de todo",
    }
)  # fmt: skip
_NOTHING = frozenset(
    {
        "neither", "none", "nothing", "no", "nope", "no thanks", "keep them", "keep it", "neither one", "don't stop", "do not stop", "no change", "nevermind",
        "never mind", "leave it", "keep everything", "none of them", "neither of them", "ninguno", "nada", "aucun", "rien", "keines", "nichts", "nenhum",
        "nessuno", "niente", "non", "nein", "nao",
    }
)  # fmt: skip
_SMALL_LIST = "please thanks thank you ok okay yes just only the my stop no for now si oui ja sim solo seulement nur so somente"
_SMALL = frozenset(_SMALL_LIST.split())


def scope_in(text: str) -> Scope | None:
    """Return the answer to the question; None for what is none."""
    words = normalised(text[:LONGEST])
    plain = " ".join(words.replace(".", " ").replace(",", " ").replace("?", " ").split())
    if "?" in words:
        return None
    if plain in _NOTHING:
        return Scope.NOTHING
    said = [word for word in plain.split() if word not in _SMALL]
    if {plain, " ".join(said)} & _ALL_WHOLE or (0 < len(said) <= 2 and set(said) <= _ALL):
        return Scope.ALL
    if declines_offers(words) or (names_offers(words) and len(said) <= 3):
        return Scope.OFFERS
    return None
