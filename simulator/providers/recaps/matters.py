"""What callers wanted in a talk and what came of each wish: the ground of summaries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from simulator.providers.brain.small_talk import (
    answer_to_manners,
    is_farewell,
    is_greeting,
    is_thanks,
    is_yes,
    wants_repetition,
    without_greeting,
)
from simulator.providers.brain.wishes import after_yes, call_back_in, declines, wants_message, wants_person
from simulator.providers.brain.words import split_sentences, tokens
from simulator.providers.recaps.utterances import Utterance

NOT_KNOWN = r"\b(?:do not know|don't know|not sure|cannot tell|can't help|know of no|no information)\b"
"""What a bot says that has no answer."""

TAKEN = (
    r"\bmessage\b.{0,40}\b(?:noted|taken|saved|written)\b|\b(?:noted|taken|saved|wrote)\b.{0,40}\bmessage\b"
)
"""What a bot says that has written a message down."""

CONNECTING = r"\bconnecting you\b|\bput(?:ting)? you through\b|\btransferr"
NOT_REACHED = r"\b(?:nobody|no one) (?:picked|answered|can take|is free)|line is busy|could not connect|was not put through"
_NO_ANSWER = re.compile(
    r"anything else|how (?:else )?(?:can|may) i help|what else can|^(?:just )?(?:one|a) (?:moment|second)|just a second|^let me see|"
    r"connecting you|put(?:ting)? you through|did not catch|say (?:it|that) again|please tell me|still there|can't hear you|"
    r"thank you for calling|goodbye|went wrong|lost my thread|having trouble|technical problem|being recorded|you are welcome|"
    r"shall i take a message|^(?:hello|hi|welcome)\b|please go ahead|speak with the voice|nobody|line is busy|^all right",
    re.IGNORECASE,
)
_ASKED_FOR_MESSAGE = re.compile(
    r"\b(?:tell|give) me (?:your|the) message\b|\btake a message\?", re.IGNORECASE
)
_VOICE = re.compile(r"\bvoice\b", re.IGNORECASE)
_STAR = "(pressed *)"
_KEY = re.compile(r"\(pressed ([0-9*#])\)")
_ONCE_MORE = re.compile(r"^i (?:asked|said)(?: you)?(?: that)?,? ", re.IGNORECASE)
_LEAD = re.compile(r"^.{0,40}?\b(?:message|note)\b[^:,.]{0,30}?(?::|,|\bthat\b|\bsaying\b)\s*", re.IGNORECASE)


class Kind(StrEnum):
    """What a caller wanted."""

    ANSWER = "answer"
    MESSAGE = "message"
    PERSON = "person"
    CALL_BACK = "call back"
    VOICE = "voice"
    KEY = "key"


@dataclass(frozen=True)
class Matter:
    """One wish in the caller's words, and the bot's answer without manners; `is_open`: the bot did not know."""

    kind: Kind
    words: str
    answer: str = ""
    is_open: bool = False
    reached: bool = True
    """Of a person: whether nothing shows that nobody was reached."""


def read_matters(talk: Sequence[Utterance]) -> list[Matter]:
    """Return the wishes, in order; greetings, thanks and goodbyes are none."""
    matters: list[Matter] = []
    before = ""
    for said, reply in _exchanges(talk):
        if said is not None and matters and (said.strip() == _STAR or wants_repetition(said)):
            # What was cut off is heard whole the second time.
            again = _without_manners(reply)
            if matters[-1].answer.endswith("…") and again:
                matters[-1] = replace(matters[-1], answer=again)
        elif said is not None and (found := _matter(said, reply, before)):
            matters.append(found)
        before = reply
    return matters


def _exchanges(talk: Sequence[Utterance]) -> list[tuple[str | None, str]]:
    """Return each thing that a caller said with all that the bot said up to the next; the bot's opening has no caller."""
    exchanges: list[tuple[str | None, list[str]]] = [(None, [])]
    for one in talk:
        if one.ours:
            exchanges[-1][1].append(one.text)
        else:
            exchanges.append((one.text, []))
    return [(said, " ".join(reply)) for said, reply in exchanges]


def _matter(said: str, reply: str, before: str) -> Matter | None:
    if key := _KEY.fullmatch(said.strip()):
        if key[1] == "0":
            return Matter(Kind.PERSON, said, reached=_connected(reply))
        return Matter(Kind.KEY, key[1])
    words = _ONCE_MORE.sub("", without_greeting(said).strip())
    invited = _ASKED_FOR_MESSAGE.search(before) is not None
    if re.search(TAKEN, reply, re.IGNORECASE):
        told = after_yes(words) if invited else words
        return Matter(Kind.MESSAGE, _LEAD.sub("", told, count=1) or words) if told else None
    if _is_manners(said, words, invited=invited):
        return None
    if wants_person(words) or (re.search(CONNECTING, reply, re.I) and "?" not in before[-1:]):
        return Matter(Kind.PERSON, words, reached=_connected(reply))
    if _VOICE.search(words):
        return Matter(Kind.VOICE, words)
    if call_back_in(words):
        return Matter(Kind.CALL_BACK, words)
    if wants_message(words):
        # Its words come next; without any there is nothing to tell.
        return None
    answer = _without_manners(reply)
    is_open = re.search(NOT_KNOWN, reply, re.IGNORECASE) is not None
    return Matter(Kind.ANSWER, words, "" if is_open else answer, is_open)


def _without_manners(reply: str) -> str:
    """Return what of a reply answers; a dash, where it was cut off, as three dots."""
    kept = [part for part in split_sentences(reply) if not _NO_ANSWER.search(part)]
    return " ".join(kept).replace(" —", " …")


def _connected(reply: str) -> bool:
    return re.search(NOT_REACHED, reply, re.IGNORECASE) is None


def _is_manners(said: str, words: str, *, invited: bool) -> bool:
    return (
        not (tokens(words) or "?" in words)
        or is_greeting(said)
        or is_thanks(said)
        or is_yes(said)
        or declines(said)
        or wants_repetition(said)
        or bool(answer_to_manners(said))
        or is_farewell(said, offered_more=not invited)
    )
