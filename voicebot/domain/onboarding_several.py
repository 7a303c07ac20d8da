"""Take several answers, or an answer and a question, out of one text."""

from voicebot.domain.onboarding_intents import correction_in, is_question
from voicebot.domain.onboarding_moves import REMARK_WORDS, OnboardingTurn, accept, reopen
from voicebot.domain.onboarding_parts import parts_of, tells_of_itself
from voicebot.domain.onboarding_phrases import ask, by_the_way
from voicebot.domain.onboarding_state import Channel, OnboardingState, Question
from voicebot.domain.thread_actions import Effect


def in_parts(state: OnboardingState, text: str, channel: Channel) -> OnboardingTurn | None:
    """Return what comes of the parts of a text that is no answer as a whole; None unless all of it can be taken.

    What is asked, or told besides, goes to the model, and the question that is open then follows. Consent is never
    taken from a part: the rest may be its condition.
    """
    parts = parts_of(text)
    if len(parts) < 2:
        return None
    effects: list[Effect] = []
    words: list[str] = []
    told = asks = False
    for part in parts:
        turn = _taken(state, part, channel)
        if turn is not None and turn.effects:
            state, told = turn.state, told or tells_of_itself(part)
            effects += turn.effects
            words.append(turn.reply.removesuffix(ask(state, channel)).strip())
        elif is_question(part) or (told and len(part.split()) >= REMARK_WORDS):
            asks = True
        else:
            return None
    if not effects:
        return None
    if asks:
        return OnboardingTurn(state, by_the_way(ask(state, channel)), tuple(effects), ask_model=True)
    return OnboardingTurn(state, " ".join([*words, ask(state, channel)]).strip(), tuple(effects))


def _taken(state: OnboardingState, part: str, channel: Channel) -> OnboardingTurn | None:
    if not state.running:
        return None
    if correction := correction_in(part, state):
        return reopen(state, correction, channel)
    if state.question is Question.CONSENT:
        return None
    return accept(state, part, channel, asking=is_question(part))
