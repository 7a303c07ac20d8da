"""The memory of a thread of texts between two turns, as one frozen, versioned value that converts to JSON.

The messages stand in the database; the state holds only what the messages do not show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from voicebot.domain.onboarding.state import OnboardingState

VERSION = 1
MAX_RECENT = 8
"""How many of the person's last messages are remembered to notice a loop."""


@dataclass(frozen=True)
class ThreadState:
    """All that the core remembers of a thread between two events."""

    version: int = VERSION
    turn: int = 0
    """How many times unanswered messages were taken up."""
    asking: bool = False
    """The model's answer to this turn is awaited."""
    reading: bool = False
    """The model looks for a name or a place in the texts of this turn."""
    sent: int = 0
    """Messages sent in this turn."""
    failures: int = 0
    """Turns in a row that the model did not answer."""
    stopped: bool = False
    """The person wants nothing more from us; nothing is sent."""
    person_asked_at: int | None = None
    """The turn in which the operators were last told that a person is wanted."""
    scope_asks: int = 0
    """How often we have asked in a row whether all texts are to stop, or only offers; 0: no such question is open."""
    recent: tuple[str, ...] = ()
    """Fingerprints of the person's last messages, newest last."""
    onboarding: OnboardingState = field(default_factory=OnboardingState)

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON's own types; bounded, whatever was texted."""
        data = {item.name: getattr(self, item.name) for item in fields(self)}
        if not self.scope_asks:
            # Processes of the version before, which run beside ours during a deploy, do not know it.
            del data["scope_asks"]
        if not self.reading:
            # Processes of the version before know no reading; a turn that broke off is taken up from the state before it.
            del data["reading"]
        return {**data, "recent": list(self.recent), "onboarding": self.onboarding.to_json()}

    @classmethod
    def from_json(
        cls,
        data: Mapping[str, Any],
        *,
        stopped: bool = False,
        onboarding_by_call: Mapping[str, Any] | None = None,
    ) -> "ThreadState":
        """Read the output of `to_json`; an empty object is a new thread. Raises ValueError on another version.

        `stopped` says that the person sent STOP since then; `onboarding_by_call` is the onboarding as a call left it.
        """
        if data and data["version"] != VERSION:
            raise ValueError(f"thread state of version {data['version']}, expected {VERSION}")
        if not data:
            state = cls()
        else:
            onboarding = OnboardingState.from_json(data["onboarding"])
            state = cls(**{**data, "recent": tuple(data["recent"]), "onboarding": onboarding})
        if onboarding_by_call is not None:
            state = replace(state, onboarding=OnboardingState.from_json(onboarding_by_call))
        return replace(state, stopped=state.stopped or stopped)
