"""A provider that leads calls by itself: it is told whom to call and which assistant talks, and tells afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from voicebot.domain.dialling.led_calls import LedCall
from voicebot.providers.ports.telephony import ProviderNumber


@dataclass(frozen=True)
class NewLedCall:
    """What `create_call` asks for. `name` finds the call again, also when the answer is lost: there is no other key."""

    name: str
    to: str
    time_limit_s: int
    variables: Mapping[str, Any] = field(default_factory=dict)
    """What the assistant's own words may say."""
    assistant_id: str = ""
    """Blank: the account's own."""
    person: str = ""


@dataclass(frozen=True)
class Readiness:
    """What is wrong with an account's setup, one sentence each; empty when it can dial and its reports arrive here."""

    problems: tuple[str, ...] = ()


class LedCalls(Protocol):
    """Has calls led. Every method raises ProviderError."""

    def create_call(self, call: NewLedCall) -> str:
        """Have it dialled; return the provider's id. An `unknown` outcome may have dialled: never repeat it blindly."""
        ...

    def fetch_call(self, call_id: str) -> LedCall:
        """Return the call as the provider has it."""
        ...

    def find_call(self, name: str, *, since: datetime, until: datetime) -> LedCall | None:
        """Return the call of that name out of a complete list of those made in this time; None when there is none."""
        ...

    def end_call(self, call_id: str) -> None:
        """Hang up, whatever the call's state; a call that is already over counts as ended."""
        ...

    def numbers(self) -> Sequence[ProviderNumber]:
        """Return the numbers that calls come from. It changes nothing, so it tries the credentials, too."""
        ...

    def readiness(self, events_url: str) -> Readiness:
        """Look at the account's assistant and number, and whether they report to `events_url`. Nothing is changed."""
        ...
