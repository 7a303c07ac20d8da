"""Connection overrides: what a webhook URL's fragment says about timeouts and retries (handbook 1.2)."""

from dataclasses import dataclass
from urllib.parse import urldefrag

RETRY_REASONS = frozenset({"4xx", "5xx", "ct", "rt", "all"})


@dataclass(frozen=True)
class Overrides:
    """Budgets in milliseconds; the defaults are Twilio's: one more try, and only when connecting failed."""

    connect_ms: int = 5000
    read_ms: int = 15000
    total_ms: int = 15000
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    def retries_after(self, reason: str) -> bool:
        """Whether a failure of this kind (`ct`, `rt`, `4xx`, `5xx`) is worth another try."""
        return reason in self.retry_on or "all" in self.retry_on


def split_overrides(url: str) -> tuple[str, Overrides]:
    """Return the URL without its fragment, which is neither sent nor signed, and the fragment's overrides."""
    bare, fragment = urldefrag(url)
    asked = dict(part.partition("=")[::2] for part in fragment.split("&") if "=" in part)
    reasons = frozenset(asked.get("rp", "ct").split(",")) & RETRY_REASONS
    return bare, Overrides(
        connect_ms=_within(asked.get("ct"), 100, 10000, 5000),
        read_ms=_within(asked.get("rt"), 100, 15000, 15000),
        total_ms=_within(asked.get("tt"), 100, 15000, 15000),
        retries=_within(asked.get("rc"), 0, 5, 1),
        retry_on=reasons or frozenset({"ct"}),
    )


def _within(value: str | None, lowest: int, highest: int, default: int) -> int:
    # Out of the documented range or no number: as if it had not been written.
    if value is None or not value.isdigit() or not lowest <= int(value) <= highest:
        return default
    return int(value)
