"""A carrier's texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class NewMessage:
    """A text to send. Addresses are Twilio's: E.164, or `whatsapp:` and E.164.

    One of `from_number` and `messaging_service_sid` names the sender. With a `content_sid` (a template's) the
    template is sent, its placeholders filled from `content_variables`, and `body` is not.
    """

    to: str
    body: str
    status_url: str
    from_number: str = ""
    messaging_service_sid: str = ""
    media_urls: Sequence[str] = ()
    content_sid: str = ""
    content_variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SentMessage:
    """What the carrier answered to a text that it took. `segments` is None where it does not know yet."""

    sid: str
    status: str
    segments: int | None = None


@dataclass(frozen=True)
class ProviderMedia:
    """A picture or other file of a message; the address may want the account's key."""

    url: str
    content_type: str


@dataclass(frozen=True)
class ProviderMessage:
    """A text as the carrier's REST resource tells it. `direction`: inbound, outbound-api, outbound-reply."""

    sid: str
    status: str
    direction: str
    from_number: str
    to_number: str
    body: str
    account_sid: str = ""
    segments: int | None = None
    media_count: int = 0
    error_code: str | None = None
    price: Decimal | None = None
    price_unit: str | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None
    """None while it is queued: a list by time leaves it out."""


class Messaging(Protocol):
    """Carries texts. Every method raises ProviderError."""

    def send_message(self, message: NewMessage) -> SentMessage:
        """Hand over one text. An `unknown` outcome may have sent it: never repeat it blindly."""
        ...

    def fetch_message(self, sid: str) -> ProviderMessage:
        """Return the text as the carrier has it."""
        ...

    def list_messages(
        self, *, sent_after: datetime | None = None, to: str | None = None, limit: int = 1000
    ) -> Iterator[ProviderMessage]:
        """Yield texts of both directions, newest first. Without `sent_after` queued ones are included."""
        ...

    def list_media(self, sid: str) -> list[ProviderMedia]:
        """Return the files of one message, in their order."""
        ...
