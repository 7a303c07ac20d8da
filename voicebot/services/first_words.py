"""Have ready what the first words of a person are held against."""

from voicebot.domain.call.languages.wish import language_wished
from voicebot.domain.onboarding.answers import consent_in
from voicebot.domain.onboarding.intents import correction_in, intent_of
from voicebot.domain.onboarding.state import OnboardingState, Question
from voicebot.domain.opt_out.doubts import is_doubtful
from voicebot.domain.texts.reactions import is_reaction


def prepare_words() -> None:
    """Read a few words in vain: what is compiled for the first of them takes 0.2 s, in which every other caller would wait."""
    words = "in english"
    language_wished(words)
    is_reaction(words)
    is_doubtful(words)
    consent_in(words)
    intent_of(words, Question.NAME)
    correction_in(words, OnboardingState())
