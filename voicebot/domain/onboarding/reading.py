"""Take what the model read in an answer that the rules could not read.

The model's reading is untrusted input: it must be part of the text and have the shape of an answer.
"""

from dataclasses import dataclass, replace

from voicebot.domain.onboarding.moves import OnboardingTurn, Trust, accept
from voicebot.domain.onboarding.phrases import ask
from voicebot.domain.onboarding.state import Medium, OnboardingState, Question
from voicebot.domain.onboarding.tokens import EDGES, clean, key
from voicebot.domain.person.effects import Effect

LONGEST = 1600
"""Characters of a text that are looked at, as many as one text has."""


@dataclass(frozen=True)
class Reading:
    """The words of the person that are their name and their place; blank: the text does not tell."""

    name: str = ""
    place: str = ""


def take_reading(
    state: OnboardingState, text: str, reading: Reading, medium: Medium
) -> OnboardingTurn | None:
    """Return the readings that the text contains and that answer open questions; None when there are none."""
    known = {Question.NAME: state.first_name or state.last_name, Question.LOCATION: state.location}
    effects: list[Effect] = []
    words: list[str] = []
    for question, value in ((Question.NAME, reading.name), (Question.LOCATION, reading.place)):
        open_now = question is state.question
        if not value or (known[question] and not open_now) or not stands_in(text, value):
            continue
        back = state.return_to if open_now else state.question
        turn = accept(
            replace(state, question=question, return_to=back, tries=0),
            value,
            medium,
            asking=False,
            trust=Trust.READ,
        )
        if turn is not None:
            state = turn.state
            effects += turn.effects
            words.append(turn.reply.removesuffix(ask(state, medium)).strip())
    if not effects:
        return None
    return OnboardingTurn(state, " ".join(filter(None, [*words, ask(state, medium)])), tuple(effects))


def stands_in(text: str, value: str) -> bool:
    """Whether all words of the value stand in the text, one behind the other but for words between first and last name."""
    said = iter([key(word) for word in clean(text[:LONGEST]).replace(",", " ").split()])
    wanted = [key(word) for word in clean(value).replace(",", " ").split() if word.strip(EDGES)]
    return bool(wanted) and all(word in said for word in wanted)
