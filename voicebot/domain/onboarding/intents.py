"""Recognise words in the onboarding that are no answer: later, back, a correction, a question from the
person."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from voicebot.domain.onboarding import leads
from voicebot.domain.onboarding.answers import consent_in, voice_in, voice_named
from voicebot.domain.onboarding.names import name_in, names_the_name
from voicebot.domain.onboarding.places import names_home, place_in
from voicebot.domain.onboarding.state import ORDER, OnboardingState, Question
from voicebot.domain.onboarding.tokens import MAX_ANSWER, clean, plain
from voicebot.domain.onboarding.tongues import corrections, wishes


class Intent(StrEnum):
    """The intent of a text that answers no question."""

    GREET = "greet"
    GO_ON = "go_on"
    LATER = "later"
    REFUSE = "refuse"
    SKIP = "skip"
    REPEAT = "repeat"
    BACK = "back"
    NEW_CODE = "new_code"
    CALL_ME = "call_me"
    ASK = "ask"
    OTHER = "other"


_POLITE = (
    r"(?:(?:please|sorry|ok|okay|no|yes|well|oh|um|uh|hm+|huh|wait|maybe|hey|hi|thanks|thank you|can we|could we|let's|let us|i'd like to|"
    rf"{wishes.POLITE}) )*"
)
_TAIL = (
    r"(?: (?:please|thanks|thank you|now|then|sorry|for now|again|with it|with that|bitte|por favor|per favore|s'il vous plait|svp|"
    rf"{wishes.TAILS}))*"
)

_WHOLE: tuple[tuple[Intent, str], ...] = (
    (
        Intent.GREET,
        r"(?:hi|hello|hey|hiya|yo|hola|good (?:morning|afternoon|evening|day)|is anyone there|anyone there|test|ping|"
        r"hallo|guten (?:tag|morgen|abend)|moin|servus|buen[oa]s(?: (?:dias|tardes|noches))?|bonjour|bonsoir|salut|ola|oi|"
        r"bom dia|boa (?:tarde|noite)|ciao|buongiorno|buonasera|salve)"
        r"(?: (?:there|again|bot|everyone|you))*",
    ),
    (
        Intent.GO_ON,
        r"(?:continue|go on|go ahead|carry on|resume|proceed|ready|i'm (?:ready|back|here)|i am (?:ready|back|here)|"
        r"let's (?:go|do (?:it|this)|finish)|do it|do this|start|where were we|sign me up|register|register me|set me up|"
        r"finish|finish (?:it|this|the setup)|what's next|next question|"
        r"weiter|weitermachen|continuar|continue|seguir|continuer|continuare|continua|"
        rf"{wishes.GO_ON})",
    ),
    (
        Intent.LATER,
        r"(?:later|tomorrow|not now|busy|wait|hold on|driving|one moment|give me a (?:minute|moment|sec|second)|"
        r"spater|spaeter|jetzt nicht|despues|luego|mas tarde|ahora no|plus tard|pas maintenant|depois|mais tarde|agora nao|dopo|piu tardi|non ora|"
        rf"{wishes.LATER})",
    ),
    (
        Intent.SKIP,
        r"(?:skip|pass|next)(?: (?:it|this|that|this one|that one|this question|the question))?|uberspringen|ueberspringen|saltar|saltarselo|passer|pular|saltare|"
        rf"{wishes.SKIP}",
    ),
    (
        Intent.REPEAT,
        r"(?:repeat|repeat (?:that|it|the question)|again|say (?:that|it) again|come again|pardon|pardon me|"
        r"what was (?:the|your|that) question|what did you (?:say|ask)|what was that|what|huh|"
        r"wie bitte|noch einmal|noch mal|nochmal|como|otra vez|repita|pardon|repetez|repita por favor|de novo|ripeta|come scusi|ancora una volta|"
        rf"{wishes.REPEAT})",
    ),
    (
        Intent.BACK,
        r"(?:back|go back|one (?:step )?back|step back|take me back|previous|previous question|"
        r"(?:back to )?the (?:last|previous) (?:one|question)|undo|"
        r"zuruck|zurueck|atras|atras|volver|retour|revenir|voltar|indietro|"
        rf"{wishes.BACK})",
    ),
    (
        Intent.NEW_CODE,
        r"(?:(?:send|text|give|get)(?: me)?(?: a| the| another)?(?: new)? ?code|new code|another code|code|resend|"
        r"resend (?:it|the code|code)|send (?:it|again)|"
        r"(?:einen )?neue[rn]? code|nuevo codigo|codigo|nouveau code|novo codigo|nuovo codice|codice)",
    ),
    (
        Intent.CALL_ME,
        r"(?:call|call me|phone me|ring me|call me instead|by phone|by call|read it to me|voice|"
        r"anrufen|rufen sie (?:mich )?an|ruf mich an|llameme|llamame|appelez moi|appelle moi|ligue para mim|me ligue|chiamami|mi chiami)",
    ),
    (Intent.REFUSE, wishes.REFUSE),
)


@cache
def _wholes() -> tuple[tuple[Intent, re.Pattern[str]], ...]:
    # Compiled for the first answer: a process that reads none starts without.
    return tuple((intent, re.compile(rf"{_POLITE}(?:{pattern}){_TAIL}")) for intent, pattern in _WHOLE)


_PARTS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        Intent.LATER,
        re.compile(
            r"\b(?:not (?:right )?now|not today|not at the moment|another time|some other time|no time|don't have time|"
            r"do not have time|bad time|not a good time|(?:i'm|i am|too|a bit|kinda|really|very) busy|at work right now|"
            r"(?:do|finish|answer) (?:this|it|that|them) (?:later|tomorrow)|"
            r"(?:ask|text|call|remind|try) (?:me )?(?:again )?(?:later|tomorrow|tonight|another time|next week)|"
            r"(?:can't|cannot) (?:talk |do this |text )?(?:right )?now|maybe later|in the middle of something|driving)\b"
        ),
    ),
    (
        Intent.SKIP,
        re.compile(
            r"\b(?:rather not (?:say|tell|answer)|prefer not to|none of your business|won't tell|not telling|"
            r"don't want to (?:say|tell|answer that|give)|skip (?:this|that|it)|is private|that's private)\b"
        ),
    ),
    (
        Intent.REFUSE,
        re.compile(
            r"\b(?:(?:don't|do not) want (?:to (?:do this|sign up|register|be set up|set up|join|answer)|any of this|this)|"
            r"not interested|no questions|no interest|stop asking|i refuse|leave these questions)\b"
        ),
    ),
    (
        Intent.NEW_CODE,
        re.compile(
            r"\b(?:(?:no|never|didn't|did not|haven't|have not|not) (?:get|got|gotten|receive|received|arrive|arrived|come|have)"
            r"(?: \w+)* ?(?:code|it|anything|text|message|yet)|code (?:has not|hasn't|did not|didn't|never|is not|isn't) \w+|"
            r"(?:lost|deleted|forgot) (?:the|my|it)|(?:new|another|fresh) code|code again)\b"
        ),
    ),
    (Intent.NEW_CODE, re.compile(wishes.NEW_CODE)),
    (Intent.CALL_ME, re.compile(wishes.CALL_ME)),
    (Intent.CALL_ME, re.compile(r"\b(?:call me|phone me|ring me|read it (?:to|out)|by phone call)\b")),
)
_LONGEST_REMARK = 14
"""Words: in a longer text "later" or "code" is part of a story."""

_QUESTION = re.compile(
    r"^(?:(?:and|but|so|ok|okay|hi|hey|hello|sorry|wait|hm+|please|excuse me)[\s,.!]+)*"
    r"(?:(?:what|when|where|who|why|how|which|whose)(?:'s|'re|\b)|"
    r"(?:can|could|will|would|do|does|did|is|are|may|should|shall|am|have|has|was|were)n?'?t? "
    r"(?:i|you|we|it|there|this|that|they|he|she|the|your|my|any\w*|some\w*|these|those)\b|"
    r"(?:tell|explain|show) (?:me|us)?)",
    re.IGNORECASE,
)
_ASKED_ELSEWHERE = re.compile(
    rf"(?:(?:e|y|et|und|ma|pero|mais|aber|mas|scusi|perdon|pardon|entschuldigung|desculpe|ok) )*{wishes.QUESTION}"
)


def intent_of(text: str, question: Question) -> Intent:
    """Return what the text wants; OTHER for what may be an answer or a remark."""
    if len(text) > MAX_ANSWER:
        return Intent.ASK if "?" in text else Intent.OTHER
    said = " ".join(re.findall(r"[\w']+", plain(text)))
    for intent, whole in _wholes():
        if _belongs(intent, question) and whole.fullmatch(said):
            return intent
    if len(said.split()) <= _LONGEST_REMARK:
        for intent, part in _PARTS:
            if _belongs(intent, question) and part.search(said):
                return intent
    # "No" to the first question is a no to all of them.
    if question is Question.NAME and said in {
        "no",
        "nope",
        "nah",
        "no thanks",
        "no thank you",
        "nein",
        "nein danke",
        "non",
        "non merci",
        "nao",
        "no gracias",
        "no grazie",
    }:
        return Intent.REFUSE
    return Intent.ASK if is_question(text) else Intent.OTHER


def _belongs(intent: Intent, question: Question) -> bool:
    return intent not in (Intent.NEW_CODE, Intent.CALL_ME) or question is Question.VERIFICATION


def is_question(text: str) -> bool:
    """Tell a question from an answer: a question mark, or words that begin a question."""
    if leads.asks(text) or len(text) > MAX_ANSWER:
        return leads.asks(text)
    said = " ".join(re.findall(r"[\w']+", plain(text)))
    return _QUESTION.search(clean(text)) is not None or _ASKED_ELSEWHERE.match(said) is not None


@dataclass(frozen=True)
class Correction:
    """An answer that was wrong, and the right one if it was told along."""

    question: Question
    value: str | None = None


_FIELDS = {
    Question.NAME: r"(?:(?:first|last|full|family) )?(?:name|surname)",
    Question.LOCATION: r"(?:city|town|location|region|place|hometown)",
    Question.VOICE: r"(?:voice)",
    Question.CONSENT: r"(?:consent|permission|mind about (?:the )?(?:news|offers)|(?:answer|choice) about (?:the )?(?:news|offers))",
}
_FIELDS_ELSEWHERE = {
    Question.NAME: corrections.NAME,
    Question.LOCATION: corrections.PLACE,
    Question.VOICE: corrections.VOICE,
    Question.CONSENT: corrections.CONSENT,
}
_CHANGE = r"(?:change|correct|fix|update|edit|redo|revise)"
_FIX = r"(?:wrong|incorrect|not (?:right|correct)|misspell?ed|misspelt|spelled wrong)"


@cache
def _by_field() -> dict[Question, re.Pattern[str]]:
    # As above.
    return {
        question: re.compile(
            rf"\b(?:{_CHANGE} (?:my |the |that |your )?{field}|(?:wrong|incorrect) {field}|"
            rf"(?:my|the|that|your) {field} (?:is|was) {_FIX}|(?:is not|isn't|was not|wasn't|not) (?:my|the right|the correct) {field})\b"
            rf"(?:\s*(?:to|into|as|:)(?=\s))?|{corrections.about(_FIELDS_ELSEWHERE[question])}",
            re.IGNORECASE,
        )
        for question, field in _FIELDS.items()
    }


_CLAUSE = re.compile(r"[,.;]|\b(?:but|ma|bensì|sino|mais|sondern|mas)\b")
_BY_SENSE = {
    Question.NAME: re.compile(
        r"\b[Ii](?:'m| am) not (?=[A-Z])|\bthat'?s not (?:me|how (?:you|i) spell)\b|"
        + corrections.NOT_THAT_NAME
    ),
    Question.LOCATION: re.compile(
        r"\b(?:i|we) (?:don't|do not) live (?:there|in)\b|" + corrections.NOT_THERE, re.IGNORECASE
    ),
}
_TOLD: Mapping[Question, Callable[[str], bool]] = {
    Question.NAME: names_the_name,
    Question.LOCATION: names_home,
}
_MEANT = re.compile(
    rf"^(?:(?:no|sorry|oops|wait|correction|i mean|i meant|nope|{corrections.SORRY})\b[\s,.:!-]*)+"
    rf"(?:(?:it's|it is|its|that's|should be|make (?:it|that)|actually|i meant|i mean|{corrections.IT_IS})\s+)*(?=\S)",
    re.IGNORECASE,
)
_BARE_NO = re.compile(r"(?:no|nope|non|nein|não)\s+", re.IGNORECASE)
_ALL_WRONG = re.compile(
    r"(?:(?:no|sorry|wait|oops|hey) )*(?:(?:that|this|it)(?:'s| is| was)? |you got (?:it|that) |i (?:made|have) (?:a|an) )?"
    rf"(?:{_FIX}|mistake|typo|error)(?: (?:sorry|please|there))*|" + corrections.ALL_WRONG
)


def correction_in(text: str, state: OnboardingState) -> Correction | None:
    """Return which earlier answer the text corrects; None when it only might."""
    if len(text) > MAX_ANSWER:
        return None
    plain = clean(text)
    for question, pattern in _by_field().items():
        if (found := pattern.search(plain)) and (question is not Question.VOICE or state.voices):
            return Correction(question, _value_after(plain[found.end() :], question, state))
    for question, pattern in _BY_SENSE.items():
        if found := pattern.search(plain):
            # The next word is the wrong one: "I'm not Lea, I'm Lena".
            rest = _CLAUSE.split(plain[found.end() :], maxsplit=1)[1:]
            return Correction(question, _value_after(rest[0], question, state) if rest else None)
    for question, tells in _TOLD.items():
        if question is not state.question and tells(plain) and reads(plain, question, state):
            return Correction(question, plain)
    before = previous_question(state)
    if before is None or state.question in (Question.VERIFICATION, Question.NONE):
        return None
    if _ALL_WRONG.fullmatch(" ".join(re.findall(r"[\w']+", plain.lower()))):
        return Correction(before)
    if (meant := _MEANT.search(plain)) and before is not Question.CONSENT:
        value = plain[meant.end() :]
        if _BARE_NO.fullmatch(meant[0]) and not value[:1].isupper():
            # "No preference", "no idea": that is said of the open question.
            return None
        return Correction(before, value) if reads(value, before, state) else None
    return None


def _value_after(rest: str, question: Question, state: OnboardingState) -> str | None:
    for value in (rest, _CLAUSE.split(rest)[-1]):
        told = value.strip(" ,.;:!-")
        if told and reads(told, question, state):
            return told
    return None


def reads(text: str, question: Question, state: OnboardingState) -> bool:
    """Whether the text is an answer to the question."""
    match question:
        case Question.NAME:
            return name_in(text) is not None
        case Question.LOCATION:
            return place_in(text) is not None
        case Question.VOICE:
            return (voice_in(text, state.voices) or voice_named(text, state.catalogue)) is not None
        case Question.CONSENT:
            return consent_in(text) is not None
    return False


def previous_question(state: OnboardingState) -> Question | None:
    """Return the question before the open one, None at the first."""
    asked = [question for question in ORDER if question is not Question.VOICE or state.voices]
    at = asked.index(state.question) if state.question in asked else 0
    return asked[at - 1] if at else None
