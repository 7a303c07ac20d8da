"""A provider did not do what we asked, and what may have happened all the same."""

from enum import StrEnum


class Outcome(StrEnum):
    """What may have happened at the provider when a call to it failed."""

    NOT_SENT = "not_sent"
    """DNS, refused connection, connect timeout, 429: it did nothing, so trying again is safe."""
    REFUSED = "refused"
    """Another 4xx: it read the request and will never do it."""
    UNKNOWN = "unknown"
    """Read timeout, reset, 5xx, unreadable answer: it may have done it."""


class ProviderError(Exception):
    """A provider did not do what we asked. Callers branch on `outcome` alone.

    `unwell` says that any other request would have failed too, so a breaker counts it. A provider that refuses one
    request for its content is well.
    """

    def __init__(
        self,
        provider: str,
        code: str,
        outcome: Outcome,
        retry_after_s: float | None = None,
        *,
        unwell: bool | None = None,
        again: bool | None = None,
    ) -> None:
        """`again`: whether the provider says that the same request is worth sending once more; None: it does not say."""
        super().__init__(f"{provider} failed: {code}")
        self.provider, self.code = provider, code
        self.outcome, self.retry_after_s = outcome, retry_after_s
        self.again = again
        self.unwell = outcome is not Outcome.REFUSED if unwell is None else unwell
