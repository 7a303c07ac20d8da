"""The carrier's reports about texts: one that arrived, and the status of one of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class InboundText:
    """A text as it arrived, with addresses in the carrier's spelling.

    `media` are {"url", "content_type"}; `details` are further fields of the report.
    """

    message_sid: str
    account_sid: str
    channel: str
    from_number: str
    to_number: str
    content: str
    observed_at: datetime
    media: Sequence[Row] = ()
    details: Row = field(default_factory=dict)
    num_segments: int | None = None
    event_id: str | None = None
    token_index: int | None = None


@dataclass(frozen=True)
class TextReport:
    """A status callback, or the same read off the carrier's REST resource.

    `message_id` is our row's, from our own callback URL; None when only the carrier's name is known.
    """

    message_sid: str
    status: str
    message_id: int | None = None
    error_code: str | None = None
    occurred_at: datetime | None = None
    details: Row = field(default_factory=dict)
    event_id: str | None = None
    token_index: int | None = None
    price: str | None = None
    """As the carrier tells it, so negative for what we pay, in `price_unit`."""
    price_unit: str | None = None
