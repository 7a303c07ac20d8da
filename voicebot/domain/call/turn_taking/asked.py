"""Find the kind of answer that the caller is about to give, by the bot's last words."""

import re
from string import whitespace

from voicebot.domain.call.history import last_words
from voicebot.domain.call.pickup.rules import Picker
from voicebot.domain.call.state import CallState
from voicebot.domain.call.turn_taking.pauses import Asked
from voicebot.domain.onboarding.state import Question

_ENDS = ".!?…"
_POLITE = (
    r"\W*(?:(?:and|so|ok(?:ay)?|great|thanks|thank you|sorry|then|al(?:l )?right|now|first|please)\b[\s,]*)*"
)
_SAY = "tell|give|say|spell|read|repeat|describe|explain|leave|enter"
_REQUEST = re.compile(
    _POLITE
    + r"(?:(?:can|could|may|might|would|will)\s+(?:you|i|we)\s+(?:please\s+)?"
    + rf"(?P<asked>{_SAY}|have|get|ask|share|help|do)|(?P<told>{_SAY}))\b",
    re.IGNORECASE,
)
_IN_PIECES = frozenset({"spell", "describe", "explain", "leave"})
_CLOSED = re.compile(
    _POLITE
    + r"(?:is|are|was|were|am|do|does|did|have|has|had|can|could|may|shall|should|will|would)(?:n't)?\s",
    re.IGNORECASE,
)
_CONFIRM = re.compile(
    r"\b(?:right|correct|ok(?:ay)?|yes or no|is that so|s[ií] o no|verdad|correcto|d'accord|oui ou non|richtig|ja oder nein|"
    r"stimmt das|certo|sim ou n[aã]o|giusto|corretto|esatto|vero|va bene|d'accordo|s[iì] o no)\s*\?\s*$",
    re.IGNORECASE,
)
_MORE_THAN_YES = re.compile(r"\b(?:or|anything|something|else)\b", re.IGNORECASE)
# English, Spanish, French, German, Portuguese, Italian.
_DICTATED = re.compile(
    r"\b(?:numbers?|codes?|names?|address(?:es)?|e-?mails?|street|zip|post ?code|digits?|birth(?:day)?|message|"
    r"n[uú]meros?|nombres?|apellidos?|direcci[oó]n|c[oó]digos?|correo|mensaje|num[eé]ros?|(?:pr[eé])?noms?|adresses?|"
    r"\w*nummern?|\w*namen?|\w*adressen?|buchstabier\w*|\w*leitzahl|nachricht|nomes?|endere[cç]os?|mensagem|"
    r"(?:cog)?nom[ei]|indirizz[oi]|codic[ei]|cifre|messaggio|data di nascita)\b",
    re.IGNORECASE,
)
_LOOKED_AT = 500


_OF_ONBOARDING = {
    Question.NAME: Asked.DICTATED,
    Question.LOCATION: Asked.DICTATED,
    Question.CONSENT: Asked.YES_OR_NO,
    Question.VERIFICATION: Asked.DICTATED,
}


def what_is_asked(state: CallState) -> Asked:
    """Return the kind of answer that the caller is about to give.

    Whoever picks up a call of ours may be a mailbox, which pauses as it speaks; there a yes-or-no question gets the
    wait of an open one.
    """
    asked = _asked(state)
    is_person = state.pickup is None or state.pickup.who is Picker.HUMAN
    return asked if is_person or asked is not Asked.YES_OR_NO else Asked.OPEN


def _asked(state: CallState) -> Asked:
    if state.expecting_code or state.taking_message:
        return Asked.DICTATED
    if state.onboarding is not None and state.onboarding.running:
        return _OF_ONBOARDING.get(state.onboarding.question, Asked.OPEN)
    said = last_words(state)
    return kind_of_question(said[-1].text) if said else Asked.OPEN


def kind_of_question(words: str) -> Asked:
    """Tell what kind of answer some words want, by their last sentence. In doubt the answer is an open one."""
    last = _last_sentence(words[-_LOOKED_AT:].strip())
    asks, request = last.endswith("?"), _REQUEST.match(last)
    if asks and _CONFIRM.search(last):
        return Asked.YES_OR_NO
    if request and (request["asked"] or request["told"]).lower() in _IN_PIECES:
        return Asked.DICTATED
    if asks and not request and _CLOSED.match(last):
        return Asked.OPEN if _MORE_THAN_YES.search(last) else Asked.YES_OR_NO
    return Asked.DICTATED if (asks or request) and _DICTATED.search(last) else Asked.OPEN


def _last_sentence(words: str) -> str:
    # Not by a regex, which would try every letter before it as the sentence's first.
    said = words.rstrip(_ENDS + whitespace)
    return words[max(said.rfind(end) for end in _ENDS) + 1 :].strip() if said else ""
