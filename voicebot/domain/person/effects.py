"""The effects of a person's answer, by phone or by text: their profile, their consent, the state of their onboarding.

Effects belong to the transaction that commits the answer: `effect_to_json` gives the form that `answer_thread` reads.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class SetProfile:
    """Store the facts that the person gave about themselves; None leaves a field unchanged."""

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
    """Send and dial nothing more, or one of the two. The request was not recognised on arrival, so nothing is recorded yet."""

    scope: str = "all"
    reason: str = "spoken_request"


@dataclass(frozen=True)
class Escalate:
    """Make a case for a person and tell the operators, with the person's message if there is one."""

    reason: str
    message: str = ""


@dataclass(frozen=True)
class RequestErasure:
    """Open a request for the operator to delete the person's data, unless one is open; `message` are their words."""

    message: str = ""


@dataclass(frozen=True)
class SetAiMode:
    """Switch answering by the bot ON or OFF for this thread."""

    mode: str


Effect = (
    SetProfile
    | SetVoice
    | SetOnboarding
    | GiveConsent
    | StartVerification
    | Suppress
    | Escalate
    | RequestErasure
    | SetAiMode
)

_TYPES: dict[type[Effect], str] = {
    SetProfile: "set_profile",
    SetVoice: "set_voice",
    SetOnboarding: "set_onboarding",
    GiveConsent: "consent",
    StartVerification: "start_verification",
    Suppress: "suppress",
    Escalate: "escalate",
    RequestErasure: "request_erasure",
    SetAiMode: "set_ai_mode",
}


def effect_to_json(effect: Effect) -> dict[str, Any]:
    """Return `{"type": …, …}` without the fields that are None."""
    data = {name: value for name, value in asdict(effect).items() if value is not None}
    return {"type": _TYPES[type(effect)], **data}
