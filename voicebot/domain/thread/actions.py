"""What the text core asks for: words to send, the model to ask, and effects that the database carries out.

Effects go into the transaction that commits the answer: `effect_to_json` gives the shape that `answer_thread` takes.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


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


@dataclass(frozen=True)
class SetProfile:
    """Keep what the person told about themselves; None leaves a field as it is."""

    first_name: str | None = None
    last_name: str | None = None
    location: str | None = None


@dataclass(frozen=True)
class SetVoice:
    """Speak with this voice when this person calls."""

    voice_id: str


@dataclass(frozen=True)
class SetOnboarding:
    """Move `user_profiles.onboarding_status`: sms_sent, completed or failed."""

    status: str


@dataclass(frozen=True)
class GiveConsent:
    """Append to `consents`: what was allowed or forbidden, and to which words."""

    purpose: str
    state: str
    wording_version: str


@dataclass(frozen=True)
class StartVerification:
    """Send a code to the person's number; `channel` is sms or call."""

    channel: str = "sms"


@dataclass(frozen=True)
class Suppress:
    """Send and dial nothing more: a request that only the second opinion recognised, so nothing is recorded yet."""

    scope: str = "all"
    reason: str = "spoken_request"


@dataclass(frozen=True)
class Escalate:
    """Tell the operators."""

    reason: str
    message: str = ""


@dataclass(frozen=True)
class SetAiMode:
    """Switch answering by the bot ON or OFF for this thread."""

    mode: str


Effect = (
    SetProfile | SetVoice | SetOnboarding | GiveConsent | StartVerification | Suppress | Escalate | SetAiMode
)
ThreadAction = AskModel | SendTexts | Effect

_TYPES: dict[type[Effect], str] = {
    SetProfile: "set_profile",
    SetVoice: "set_voice",
    SetOnboarding: "set_onboarding",
    GiveConsent: "consent",
    StartVerification: "start_verification",
    Suppress: "suppress",
    Escalate: "escalate",
    SetAiMode: "set_ai_mode",
}


def effect_to_json(effect: Effect) -> dict[str, Any]:
    """Return `{"type": …, …}` without the fields that are None."""
    data = {name: value for name, value in asdict(effect).items() if value is not None}
    return {"type": _TYPES[type(effect)], **data}
