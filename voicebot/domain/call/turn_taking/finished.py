"""Judge by the last words whether somebody has finished speaking. Pure.

A guess for a pause: "my number is" will go on, "thank you" will not.
"""

from enum import IntEnum
from itertools import dropwhile, takewhile

from voicebot.domain.call.turn_taking.holding import is_looking
from voicebot.domain.call.turn_taking.pauses import Asked
from voicebot.domain.call.turn_taking.vocabulary import Vocabulary, plain_words
from voicebot.domain.verification.number_terms import Kind, Term
from voicebot.domain.verification.number_words import REPEATS
from voicebot.domain.verification.spoken_digits import readings

LOOKED_AT = 300
"""The number of characters at the end of a turn that show whether it has ended."""
MOST_LISTENING_WORDS = 4
_SHORT_ANSWER = 5
_FEW_DIGITS = 2
_ONE_CLAUSE = 6
_LONG_CLAUSE = 10
_FIRST_OF_MORE = 12
_SPELLED = 2
_BEHIND_STREET = 3
_SUBJECTS = frozenset(
    ("i", "we", "you", "he", "she", "they", "there", "then", "i'd", "i'll", "i've", "we'd", "we'll")
)
_NAME_LEADS = (
    ("name", "is"), ("me", "llamo"), ("nombre", "es"), ("m'appelle",), ("nom", "est"), ("name", "ist"), ("heisse",), ("nome", "e"), ("chiamo",), ("chamo",),
)  # fmt: skip
_LETTERS = frozenset(
    (
        "capital",
        "uppercase",
        "lowercase",
        "letter",
        "small",
        "letra",
        "lettre",
        "lettera",
        "majuscule",
        "buchstabe",
    )
)
"""What the name of a letter stands behind."""


class Finished(IntEnum):
    """How likely it is that a turn has ended."""

    GOES_ON = 0
    MAY_GO_ON = 1
    UNSURE = 2
    LIKELY = 3
    OVER = 4


def only_listens(text: str, known: Vocabulary) -> bool:
    """Whether words only show that somebody listens, as "mhm" and "yeah okay". Blank text does too."""
    words = plain_words(text)
    return len(words) <= MOST_LISTENING_WORDS and known.listening.issuperset(words)


def assents(text: str, known: Vocabulary) -> bool:
    """Whether words of somebody who listens may also answer a question for yes or no."""
    return not known.assents.isdisjoint(plain_words(text))


def how_finished(text: str, asked: Asked, known: Vocabulary, digits: int | None = None) -> Finished:
    """Tell whether a turn goes on. `digits`: how many digits were asked for."""
    text = text[-LOOKED_AT:].strip()
    words = plain_words(text)
    if not words:
        return Finished.UNSURE
    if text.endswith(("…", "...", "-", "–", "—", ",", ":")):
        return Finished.GOES_ON
    counted = _by_digits(text, words, asked, known, digits)
    if counted is not None:
        return counted
    if is_looking(words):
        return Finished.GOES_ON
    return _by_words(text, words, asked, known)


def _by_words(text: str, words: list[str], asked: Asked, known: Vocabulary) -> Finished:
    last = words[-1]
    said = list(dropwhile(known.hesitations.__contains__, words))
    if last in REPEATS and asked is not Asked.DICTATED and known.number_nouns.isdisjoint(words):
        return Finished.UNSURE
    is_answer = bool(said) and said[0] in known.answers and len(said) <= _SHORT_ANSWER
    if asked is Asked.YES_OR_NO and is_answer and last not in known.joins:
        return Finished.LIKELY if len(said) == 1 else Finished.OVER
    if _ends_with(words, known.closings) or text.endswith("?"):
        return Finished.OVER
    if asked is Asked.DICTATED and (spelled := _by_letters(words)) is not None:
        return spelled
    if last in known.leads_on or last in known.hesitations or _ends_with(words, known.leads_on_phrases):
        return Finished.UNSURE if _may_end_so(words, known) else Finished.GOES_ON
    if _is_condition(words, known) or _lacks_its_verb(words, known):
        return Finished.GOES_ON
    if is_answer and known.answers.issuperset(said):
        return Finished.LIKELY
    return Finished.MAY_GO_ON if _wants_more(said or words, asked, known) else Finished.UNSURE


def _by_letters(words: list[str]) -> Finished | None:
    """Judge a text that ends with a spelled letter; None for others. "Jenkins, J E N K I N S" is spelled to its end."""
    if len(words[-1]) > 1:
        return None
    letters = list(takewhile(lambda word: len(word) == 1, reversed(words)))
    if len(letters) == 1 and len(words) > 1 and words[-2] not in _LETTERS:
        return None
    spelled = "".join(reversed(letters))
    return Finished.OVER if len(spelled) > _SPELLED and spelled in words else Finished.GOES_ON


def _is_condition(words: list[str], known: Vocabulary, longest: int = _ONE_CLAUSE) -> bool:
    """Whether words are a clause that another one follows, and the other one has not begun; a question is none."""
    asks = len(words) > 1 and words[0] in known.asks and words[1] in known.auxiliaries
    return words[0] in known.conditions and len(words) <= longest and not asks


def _lacks_its_verb(words: list[str], known: Vocabulary) -> bool:
    """Whether the verb of the last clause is still to come, where it stands at the end: "ob Sie am Samstag"."""
    begins = [place for place, word in enumerate(words) if word in known.verb_last]
    if not begins:
        return False
    return not any(len(word) > 3 and word.endswith(known.verb_endings) for word in words[begins[-1] + 1 :])


def _wants_more(words: list[str], asked: Asked, known: Vocabulary) -> bool:
    """Whether words are mostly a part of what is to be said, although they might be all of it."""
    if asked is Asked.DICTATED:
        in_street = any(word.endswith(tuple(known.streets)) for word in words[-_BEHIND_STREET:])
        return in_street or any(tuple(words[-1 - len(lead) : -1]) == lead for lead in _NAME_LEADS)
    if len(words) > 1 and words[-1] in known.wants_more and not words[-2].endswith(("n't", "not")):
        return True
    if len(words) <= _FIRST_OF_MORE and any(
        words[: len(begin)] == list(begin) for begin in known.begins_more
    ):
        return True
    if known.auxiliaries and _is_condition(words, known, _LONG_CLAUSE) and _SUBJECTS.isdisjoint(words[2:]):
        return True
    return asked is Asked.OPEN and _is_thing(words, known)


def _is_thing(words: list[str], known: Vocabulary) -> bool:
    """Whether words name a thing and have no verb yet, as "my washing machine"."""
    no_verb = known.leads_on.isdisjoint(words[1:]) and not any(
        word.endswith(("ed", "n't", "'s")) for word in words
    )
    return words[0] in known.of_things and len(words) <= _ONE_CLAUSE and no_verb


def _may_end_so(words: list[str], known: Vocabulary) -> bool:
    """Whether words end with one that leads on because they are a question, or a clause with its verb at the end."""
    clause = bool(known.auxiliaries) and _is_condition(words, known)
    asks = words[0] in known.asks and len(words) > 2 and not clause
    inside = words[-1] in known.auxiliaries and not known.asks.isdisjoint(words[:-1])
    return asks or inside or (words[-1] in known.verbs_at_end and not known.joins.isdisjoint(words[:-1]))


def _ends_with(words: list[str], endings: frozenset[tuple[str, ...]]) -> bool:
    return any(tuple(words[-length:]) in endings for length in range(1, 5) if length <= len(words))


def _by_digits(
    text: str, words: list[str], asked: Asked, known: Vocabulary, wanted: int | None
) -> Finished | None:
    """Judge a text that ends with a number where one of some length is expected; None where none is."""
    named = not known.number_nouns.isdisjoint(words) and not any(
        word.endswith(tuple(known.streets)) for word in words
    )
    if not (wanted or named or asked is Asked.DICTATED):
        return None
    digits_said = _digits_at_end(readings(text)[0].terms)
    count = len(digits_said)
    if not count:
        has_street = any(word.endswith(tuple(known.streets)) for word in words)
        at_number = asked is Asked.DICTATED and known.number_after_street and has_street
        return Finished.GOES_ON if at_number and not any(map(_is_number, readings(text)[0].terms)) else None
    if wanted:
        return Finished.OVER if count >= wanted else Finished.GOES_ON
    if not known.other_numbers.isdisjoint(words):
        return Finished.UNSURE if count > _FEW_DIGITS else Finished.GOES_ON
    if count in known.number_digits or count > max(known.number_digits):
        return Finished.OVER
    if count >= min(known.number_digits) or (
        count <= _FEW_DIGITS and not named and not digits_said.startswith("0")
    ):
        return Finished.UNSURE
    return Finished.GOES_ON


def _is_number(term: Term) -> bool:
    return term.kind is Kind.DIGITS


def _digits_at_end(terms: list[Term]) -> str:
    """Return the digits of the last number, its groups joined over fillers; blank where the text ends otherwise."""
    tail = list(takewhile(lambda term: term.kind in (Kind.DIGITS, Kind.FILLER), reversed(terms)))
    if not tail or tail[0].kind is not Kind.DIGITS:
        return ""
    return "".join(term.digits for term in reversed(tail))
