"""The question of ours that a text may answer: it is read before the text is judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from voicebot.domain.languages.tables import OwnWords
from voicebot.domain.onboarding.phrases import questions_asked
from voicebot.domain.onboarding.state import Question

SCOPE_QUESTION = "Shall I stop all texts, or only offers?"
SCOPE_WORDS = OwnWords({"scope_question": SCOPE_QUESTION})


class OpenQuestion(StrEnum):
    """Our last question, as far as it changes the meaning of a refusal."""

    NONE = "none"
    OFFERS = "offers"
    """Whether news and offers may be sent."""
    SCOPE = "scope"
    """Whether all texts are to stop, or only offers."""
    PLACE = "place"
    OTHER = "other"


@dataclass(frozen=True)
class Asked:
    """The context of a text: our open question, and our last texts, the newest last."""

    question: OpenQuestion = OpenQuestion.NONE
    ours: tuple[str, ...] = ()


NOTHING = Asked()
_BY_QUESTION = {
    Question.CONSENT: OpenQuestion.OFFERS,
    Question.LOCATION: OpenQuestion.PLACE,
    Question.NAME: OpenQuestion.OTHER,
    Question.VERIFICATION: OpenQuestion.OTHER,
}


def asked_by(ours: Sequence[str]) -> Asked:
    """Return what the last of our texts asks. A question that follows an answer begins with a small letter."""
    newest = ours[-1].casefold() if ours else ""
    found = {newest.rfind(words.casefold()): question for words, question in _questions()}
    place = max(found)
    return Asked(found[place] if place >= 0 else OpenQuestion.NONE, tuple(ours))


def asked_in(question: Question, *, running: bool, ours: Sequence[str]) -> Asked:
    """Return the same where it is known which question of the onboarding is open."""
    told = asked_by(ours)
    if told.question is OpenQuestion.SCOPE:
        return told
    open_now = running and question is not Question.NONE
    return Asked(_BY_QUESTION.get(question, OpenQuestion.OTHER) if open_now else OpenQuestion.NONE, told.ours)


@cache
def _questions() -> list[tuple[str, OpenQuestion]]:
    asked = [(words, kind) for each, kind in _BY_QUESTION.items() for words in questions_asked(each)]
    return [*((words, OpenQuestion.SCOPE) for words in SCOPE_WORDS.everywhere(SCOPE_QUESTION)), *asked]
