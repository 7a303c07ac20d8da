"""Who dials for us: what a provider of any kind is asked of an attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from voicebot.domain.dialling.answerer import OnVoicemail
from voicebot.domain.dialling.dials import DialKind
from voicebot.providers.ports.telephony import ProviderCall, ProviderNumber


@dataclass(frozen=True)
class NewDial:
    """An attempt that is committed and may be dialled now. `from_number`: empty where the provider's default is meant."""

    attempt_id: UUID
    kind: DialKind
    to_number: str
    from_number: str
    ring_s: int
    time_limit_s: int
    on_voicemail: OnVoicemail | None = None
    detect_machines: bool = True
    """Whether the provider is asked who answered."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """What an assistant of the provider's may say, where it leads the call by itself."""
    assistant_id: str = ""
    """Of the provider's assistants the one that the template names; empty: the account's own."""


@dataclass(frozen=True)
class PlacedCall:
    """A call that the provider took; `call_id` is its name for it, and becomes the attempt's `call_sid`."""

    call_id: str


@dataclass(frozen=True)
class LostDial:
    """An attempt of which nobody knows whether it became a call."""

    attempt_id: UUID
    to_number: str
    since: datetime


class Dialler(Protocol):
    """One account that dials. Every method raises ProviderError."""

    def numbers(self) -> Sequence[ProviderNumber]:
        """Return the numbers that the account calls from. It changes nothing, so it tries the credentials, too."""
        ...

    def place(self, attempt: NewDial) -> PlacedCall:
        """Start ringing. An `unknown` outcome may have dialled: never repeat it blindly."""
        ...

    def find(self, lost: LostDial) -> Sequence[ProviderCall]:
        """Return the calls that the attempt may have become, from a complete list; none: it became no call."""
        ...

    def fetch(self, call_id: str) -> ProviderCall:
        """Return the call as the provider has it."""
        ...

    def hang_up(self, call_id: str) -> None:
        """End the call, whatever its state; a call that is already over counts as ended."""
        ...
