"""The facts about a call when it begins, before any decision: its carrier, its caller and the dialled number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from voicebot.domain.onboarding.state import Voice


class Transport(StrEnum):
    """The transport of a call, as `call_history.transport` stores it."""

    GATHER = "gather"
    RELAY = "relay"
    MEDIA = "media"


@dataclass(frozen=True)
class OnboardingFound:
    """Where the caller stood with our questions."""

    status: str
    """`user_profiles.onboarding_status`."""
    verified: bool
    thread: Mapping[str, Any] = field(default_factory=dict)
    """The state of the thread of texts, as it is stored: it may be of another version."""
    stopped: bool = False
    """The person wants nothing more from us."""
    onboarding_by_call: Mapping[str, Any] | None = None
    """The onboarding as an earlier call left it."""
    voices: tuple[Voice, ...] = ()
    """The voices to choose from."""


@dataclass(frozen=True)
class CallBackground:
    """The call's template, its person, and what may matter of both. Everything may be missing."""

    template: Mapping[str, Any] = field(default_factory=dict)
    """The published template of the dialled number; empty when it has none."""
    language: str = ""
    voice_id: str | None = None
    number: str = ""
    """The person's number, as the carrier tells it."""
    attestation: str | None = None
    """The carrier's attestation of the caller's number (Twilio's StirVerstat)."""
    person: Mapping[str, Any] = field(default_factory=dict)
    """`first_name`, `last_name`, `location` of the number's owner."""
    elsewhere: Mapping[str, Any] | None = None
    """Earlier words, `calls` and `texts`; None when the number was never proven to be its owner's."""
    onboarding: OnboardingFound | None = None
    wants_no_texts: bool = False
    voices: Mapping[str, str] = field(default_factory=dict)
    """A voice for each language that the call may be in, by language without region."""
    dialled: Mapping[str, Any] | None = None
    """For a call of ours: `on_voicemail`, what this attempt does at a mailbox. None when somebody called us."""
    code_runs: bool = False
    """The caller was sent a code that still holds."""
