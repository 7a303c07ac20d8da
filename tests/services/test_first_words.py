"""A web process has compiled what it reads words with before anybody speaks."""

import re

from voicebot.domain.call.languages import wish
from voicebot.domain.onboarding import answers, intents
from voicebot.domain.onboarding.state import OnboardingState, Question
from voicebot.domain.opt_out import doubts
from voicebot.domain.texts import reactions
from voicebot.services.first_words import prepare_words

LATE = (
    wish._patterns, reactions._reaction, doubts._doubt, answers._says, intents._wholes, intents._by_field,
)  # fmt: skip


def test_nobody_waits_while_patterns_for_the_first_words_of_another_are_compiled(monkeypatch) -> None:
    for pattern in LATE:
        pattern.cache_clear()
    prepare_words()

    def compiled(*_arguments: object) -> None:
        raise AssertionError("compiled while somebody spoke")

    monkeypatch.setattr(re, "compile", compiled)
    assert wish.language_wished("Can we speak Spanish?") == "es"
    assert reactions.is_reaction("Liked “See you at nine”")
    assert not doubts.is_doubtful("stop")
    assert answers.consent_in("no") is False
    assert intents.intent_of("skip", Question.LOCATION) is intents.Intent.SKIP
    assert intents.correction_in("my name is wrong", OnboardingState()) is not None
    assert all(pattern.cache_info().currsize for pattern in LATE)
