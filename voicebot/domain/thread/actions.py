"""The actions of the text core: words to send, the model to ask, and effects for the database."""

from dataclasses import dataclass

from voicebot.domain.person.effects import Effect
from voicebot.domain.texts.kinds import TextKind


@dataclass(frozen=True)
class AskModel:
    """Ask the model for an answer to the thread; ModelAnswered or AnswerFailed follows."""


@dataclass(frozen=True)
class ReadAnswer:
    """Have the model look for a name and a place in words that the rules could not read; AnswerRead follows."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class SendTexts:
    """Send these messages in this order, each as one message."""

    texts: tuple[str, ...]
    kind: TextKind = TextKind.CONVERSATION


ThreadAction = AskModel | ReadAnswer | SendTexts | Effect
