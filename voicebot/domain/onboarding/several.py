"""Take several answers, or an answer and a question, out of one text: "I'm Ann from Graz, when do you open?"

A cut is made only where a word tells that something new begins, so that "Vienna, Austria" and "Smith, Ann" stay whole.
"""

import re
from dataclasses import replace

from voicebot.domain.onboarding.answers import about_voice
from voicebot.domain.onboarding.cut import parts_of
from voicebot.domain.onboarding.intents import correction_in, is_question
from voicebot.domain.onboarding.moves import (
    REMARK_WORDS,
    OnboardingTurn,
    accept,
    all_voices,
    reopen,
)
from voicebot.domain.onboarding.names import tells_name
from voicebot.domain.onboarding.phrases import ask, by_the_way, not_taken
from voicebot.domain.onboarding.places import tells_place
from voicebot.domain.onboarding.state import ORDER, Medium, OnboardingState, Question
from voicebot.domain.onboarding.tokens import clean
from voicebot.domain.onboarding.told import about_news, says_nothing, told_together
from voicebot.domain.person.effects import Effect

_TELLS = (
    r"(?:my (?:full |first )?name(?:'s| is)|(?:i am|i'm|we are|we're) (?:from|in|based|living)|i am|i'm|this is|you can call me|"
    r"call me|(?:i|we) (?:currently )?live|i come from|from|based in|living in|located in|my (?:city|town|voice) is)"
)
_ASKS = (
    r"(?:what|when|where|who|why|how|which|can|could|will|would|do|does|did|is|are|may|should)"
    r"(?:'s|'re)? (?:i|you|we|it|there|this|that|the|your|my|much|many|long|is|are|do|does|time|day|kind)"
)
_NEW = re.compile(
    rf"(?:\s*,\s*|\s+)(?:and |but )?(?={_TELLS}\b)|\s*,\s*(?:and |but )?(?={_ASKS}\b)|\s+and (?={_ASKS}\b)"
    # "My name is Bob and I need new brakes"
    r"|\s*,?\s+(?:and|but|so|because) (?=(?:i|my|we|our|can|please)\b)|\s+y (?=(?:necesito|quiero|quisiera|tengo|mi)\b)"
    # "Mi chiamo Bob e vorrei cambiare i freni"
    r"|\s*,?\s+(?:e|ma|perch[eé]|però) (?=(?:vorrei|voglio|ho|mi serv\w*|devo|dovrei|posso|può|quando|quanto|quale|dove|a che ora|il mio|la mia)\b)"
    r"|\s*,\s*(?=(?:quando|quanto|quale|quali|dove|come|perch[eé]|a che ora|che ora)\b)",
    re.IGNORECASE,
)


def told_at_once(state: OnboardingState, text: str, medium: Medium) -> OnboardingTurn | None:
    """Return the turn for a text that answers several questions by name; None for any other text.

    A question without an answer is asked next; a question of the person, or a remark, goes to the model first.
    """
    if not state.running or state.return_to is not None:
        return None
    found = told_together(text, state, all_voices(state))
    if found is None:
        return None
    told, rest = found
    effects: list[Effect] = []
    words: list[str] = []
    for question in ORDER:
        turn = _told(state, question, told[question], medium) if question in told else None
        if turn is not None:
            effects += turn.effects
            words.append(turn.reply.removesuffix(ask(turn.state, medium)).strip())
            state = turn.state
    if not effects:
        return None
    if any(is_question(part) or _is_remark(part) for part in rest):
        return OnboardingTurn(
            state, by_the_way(ask(state, medium), state.language), tuple(effects), ask_model=True
        )
    if state.question is Question.VOICE and any(about_voice(part) for part in rest):
        state = replace(state, tries=1)
        words.append(not_taken(Question.VOICE, state.language))
    reply = " ".join(filter(None, [*words, ask(state, medium)]))
    return OnboardingTurn(state, reply, tuple(effects))


def _told(state: OnboardingState, question: Question, value: str, medium: Medium) -> OnboardingTurn | None:
    """Take an answer to any question, and go on with the one that is open."""
    if question is Question.VOICE and not state.voices:
        return None
    back = None if question is state.question else state.question
    return accept(replace(state, question=question, return_to=back, tries=0), value, medium, asking=False)


def _is_remark(part: str) -> bool:
    return len(part.split()) >= REMARK_WORDS and not about_voice(part) and not about_news(part)


def in_parts(state: OnboardingState, text: str, medium: Medium) -> OnboardingTurn | None:
    """Return the turn for a text whose parts are answers; None unless every part can be taken.

    A question of the person, or a remark, goes to the model, and the open question follows. Consent is never taken from
    a part, because another part may be its condition.
    """
    parts = _parts_of(text)
    if len(parts) < 2:
        return None
    effects: list[Effect] = []
    words: list[str] = []
    told = asks = False
    for part in parts:
        turn = _taken(state, part, medium)
        if turn is not None and turn.effects:
            state, told = turn.state, told or _tells_of_itself(part)
            effects += turn.effects
            words.append(turn.reply.removesuffix(ask(state, medium)).strip())
        elif is_question(part) or (told and len(part.split()) >= REMARK_WORDS):
            asks = True
        else:
            return None
    if not effects:
        return None
    if asks:
        return OnboardingTurn(
            state, by_the_way(ask(state, medium), state.language), tuple(effects), ask_model=True
        )
    return OnboardingTurn(state, " ".join([*words, ask(state, medium)]).strip(), tuple(effects))


def _taken(state: OnboardingState, part: str, medium: Medium) -> OnboardingTurn | None:
    if not state.running:
        return None
    if correction := correction_in(part, state):
        return reopen(state, correction, medium)
    if state.question is Question.CONSENT:
        return None
    return accept(state, part, medium, asking=is_question(part))


def _parts_of(text: str) -> list[str]:
    """Return the parts that say something, in order; a text of one part is that text."""
    parts = [clean(part) for each in parts_of(text) for part in _NEW.split(each)]
    return [part for part in parts if part and not says_nothing(part)] or [text]


def _tells_of_itself(part: str) -> bool:
    """Whether the part says what it is, as "my name is" does."""
    return tells_name(part) or tells_place(part)
