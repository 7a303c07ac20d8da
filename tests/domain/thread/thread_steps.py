"""A thread and what happens to it, for tests of its flow."""

from voicebot.domain.onboarding.state import Voice
from voicebot.domain.opt_out.judge import keyword_of
from voicebot.domain.thread.actions import SendTexts
from voicebot.domain.thread.events import (
    Person,
    Text,
    TextsReceived,
)

KNOWN = Person(first_name="Lea", onboarding_status="completed")
VOICES = (Voice("a", "Anna", "female"), Voice("b", "Ben", "male"))


def received(*bodies, person=KNOWN, **more):
    texts = tuple(Text(number, body, keyword=keyword_of(body)) for number, body in enumerate(bodies, start=1))
    return TextsReceived(texts, person, voices=VOICES, **more)


def sent(actions):
    return [text for action in actions if isinstance(action, SendTexts) for text in action.texts]
