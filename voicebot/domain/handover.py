"""How handing something over to a provider went: a text, a dial, a mail, a request for a code."""

from dataclasses import dataclass, field
from enum import StrEnum


class HandoverOutcome(StrEnum):
    """The provider's act, by which the row's owner finishes the row."""

    SENT = "sent"
    """The provider has it."""
    NOT_SENT = "not_sent"
    """The provider was not asked or did nothing: tried again later, a limited number of times."""
    REFUSED = "refused"
    """It must not, or will never, be sent."""
    UNKNOWN = "unknown"
    """The provider may have it: never repeated; a callback or the provider's list resolves it."""


@dataclass(frozen=True)
class Handover:
    """The result of one try. `sid` is the provider's id, `status` and `segments` are its answer."""

    outcome: HandoverOutcome
    error: str | None = None
    retry_after_s: float | None = None
    sid: str | None = None
    status: str | None = None
    segments: int | None = None
    unwell: bool | None = field(default=None, compare=False)
    """Whether the provider would have failed with any other row, too; None: it was not asked."""
