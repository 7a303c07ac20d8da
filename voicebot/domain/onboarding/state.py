"""The state of a person's onboarding, as one frozen, versioned, JSON-able value that calls and texts can go on with."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

VERSION = 1


class Medium(StrEnum):
    """How a question is worded: to be read or to be heard."""

    TEXT = "text"
    CALL = "call"


class OnboardingPhase(StrEnum):
    """Whether a question of the onboarding is open."""

    IDLE = "idle"
    """It has not begun."""
    RUNNING = "running"
    POSTPONED = "postponed"
    """Not now: the question stays open and is not pressed."""
    COMPLETED = "completed"
    FAILED = "failed"


class Question(StrEnum):
    """The open question, in the order in which they are asked."""

    NAME = "name"
    LOCATION = "location"
    VOICE = "voice"
    CONSENT = "consent"
    VERIFICATION = "verification"
    NONE = "none"


ORDER = (
    Question.NAME,
    Question.LOCATION,
    Question.VOICE,
    Question.CONSENT,
    Question.VERIFICATION,
    Question.NONE,
)


@dataclass(frozen=True)
class Voice:
    """A voice that a person may choose."""

    voice_id: str
    name: str
    gender: str | None = None


@dataclass(frozen=True)
class OnboardingState:
    """The answers so far and the open question."""

    version: int = VERSION
    phase: OnboardingPhase = OnboardingPhase.IDLE
    question: Question = Question.NAME
    return_to: Question | None = None
    """While an earlier answer is corrected: the question to go on with. NONE: the onboarding was complete."""
    welcomed: bool = False
    tries: int = 0
    """Answers in a row that the open question could not take."""
    first_name: str = ""
    last_name: str = ""
    location: str = ""
    voice_id: str | None = None
    consent: bool | None = None
    verified: bool = False
    code_sent: bool = False
    voices: tuple[Voice, ...] = ()
    """The voices as they were offered, so that "the second one" means the same days later."""
    catalogue: tuple[Voice, ...] = ()
    """All voices that the person may choose by name. Set anew on each turn, and not stored."""
    reminders: int = 0
    language: str = ""
    """The language of the questions, as a BCP 47 tag; blank means English. Set anew on each turn, and not stored."""

    @property
    def running(self) -> bool:
        """Whether the person is being asked."""
        return self.phase is OnboardingPhase.RUNNING

    @property
    def unfinished(self) -> bool:
        """Whether it has begun and a question is open."""
        return self.phase in (OnboardingPhase.RUNNING, OnboardingPhase.POSTPONED)

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON's own types."""
        data = {**asdict(self), "voices": [asdict(voice) for voice in self.voices]}
        del data["catalogue"], data["language"]
        return {name: value.value if isinstance(value, StrEnum) else value for name, value in data.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "OnboardingState":
        """Read what `to_json` wrote; an empty object is an onboarding that has not begun. Raises ValueError
        on another version."""
        if not data:
            return cls()
        if data["version"] != VERSION:
            raise ValueError(f"onboarding state of version {data['version']}, expected {VERSION}")
        return cls(
            **{
                **data,
                "phase": OnboardingPhase(data["phase"]),
                "question": Question(data["question"]),
                "return_to": Question(data["return_to"]) if data["return_to"] else None,
                "voices": tuple(Voice(**voice) for voice in data["voices"]),
            }
        )
