"""A carrier's calls and numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class ProviderCall:
    """A call as the carrier's REST resource tells it."""

    sid: str
    status: str
    direction: str
    from_number: str
    to_number: str
    duration_s: int | None = None
    price: Decimal | None = None
    price_unit: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    parent_sid: str | None = None
    """The call that dialled this one, as a transfer does: this call is then a leg of that one."""

    @property
    def is_leg(self) -> bool:
        """Whether it is a leg of another call."""
        return bool(self.parent_sid) or self.direction == "outbound-dial"


@dataclass(frozen=True)
class ProviderNumber:
    """A phone number that the account owns, with everything that says where its calls and texts go.

    A trunk takes its calls before an application does, and an application before the URLs.
    """

    sid: str
    number: str
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    voice_application_sid: str = ""
    sms_application_sid: str = ""
    trunk_sid: str = ""


NUMBER_URLS = ("voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url")

NUMBER_METHODS = {name: f"{name.removesuffix('_url')}_method" for name in NUMBER_URLS}
"""URL field -> the field of its HTTP method."""

NUMBER_SIDS = ("voice_application_sid", "sms_application_sid", "trunk_sid")

NUMBER_FIELDS = (*NUMBER_URLS, *NUMBER_METHODS.values(), *NUMBER_SIDS)
"""What decides where a number's calls and texts go."""


@dataclass(frozen=True)
class NewCall:
    """What `create_call` dials. URLs are absolute; all four call events go to `status_url`."""

    to: str
    from_number: str
    url: str
    fallback_url: str
    status_url: str
    ring_s: int = 25
    time_limit_s: int = 1800
    detection: "Detection | None" = None


@dataclass(frozen=True)
class Detection:
    """Detect an answering machine beside the call: nothing waits for the verdict, which goes to `url`.

    `to_the_beep`: the verdict on a mailbox arrives when it listens, not as soon as it is recognised.
    """

    url: str
    to_the_beep: bool = False


class Telephony(Protocol):
    """Carries calls. Every method raises ProviderError."""

    def create_call(self, call: NewCall) -> str:
        """Start ringing; return the CallSid. An `unknown` outcome may have dialled: never repeat it blindly."""
        ...

    def redirect_call(self, sid: str, *, url: str) -> None:
        """Make the running call fetch `url` now."""
        ...

    def end_call(self, sid: str) -> None:
        """Complete the call, whatever it does."""
        ...

    def fetch_call(self, sid: str) -> ProviderCall:
        """Return the call as the carrier has it."""
        ...

    def list_calls(
        self, *, to: str | None = None, started_after: datetime | None = None, limit: int = 1000
    ) -> Iterator[ProviderCall]:
        """Yield calls, newest first. Without `started_after` queued calls are included."""
        ...

    def start_recording(self, sid: str, *, callback_url: str) -> str:
        """Record the running call in two channels; return the RecordingSid."""
        ...

    def fetch_recording(self, sid: str, file: Path, *, most_bytes: int) -> int:
        """Write a finished recording to a file, as WAV in two channels; return its length. A longer one is refused (`too_large`)."""
        ...

    def delete_recording(self, sid: str) -> None:
        """Delete the carrier's recording; one that is already gone counts as deleted."""
        ...

    def list_numbers(self) -> list[ProviderNumber]:
        """Return every number of the account."""
        ...

    def change_number(self, sid: str, fields: Mapping[str, str]) -> None:
        """Set some of NUMBER_FIELDS, by ProviderNumber's names; an empty value clears one."""
        ...
