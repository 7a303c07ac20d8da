"""What the text core asks for: words to send, the model to ask, and effects that the database carries out."""

from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.person.effects import Effect


class TextKind(StrEnum):
    """Why a text goes out, as `sms_history.kind` stores it."""

    CONVERSATION = "conversation"
    ONBOARDING = "onboarding"
    REMINDER = "reminder"
    CONFIRMATION = "confirmation"
    """The one text that tells a person that no more will come; the suppression that it reports lets it pass."""


@dataclass(frozen=True)
class AskModel:
    """Ask the model for an answer to the thread; ModelAnswered or ModelFailed follows."""


@dataclass(frozen=True)
class SendTexts:
    """Send these messages in this order, each as one message."""

    texts: tuple[str, ...]
    kind: TextKind = TextKind.CONVERSATION


ThreadAction = AskModel | SendTexts | Effect
