"""The twilio SDK's client as we use it: made at first use, bounded in time, its errors turned into ProviderError."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from voicebot.providers.http.errors import BAD_REQUEST, unreadable
from voicebot.providers.ports import Outcome, ProviderError

PROVIDER = "twilio"
PAGE_SIZE = 1000


class TwilioAccount:
    """One account at Twilio, or at a server that speaks its REST API. Safe to share between threads and greenlets."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_base: str | None = None,
        *,
        connect_timeout_s: float = 2.0,
        read_timeout_s: float = 8.0,
        total_timeout_s: float = 15.0,
    ) -> None:
        """`api_base` replaces every host of Twilio's (None: Twilio itself)."""
        self._account_sid, self._auth_token, self._api_base = account_sid, auth_token, api_base
        self._limits = {
            "connect_timeout_s": connect_timeout_s,
            "read_timeout_s": read_timeout_s,
            "total_timeout_s": total_timeout_s,
        }

    @cached_property
    def _client(self) -> Any:
        # Imported at first use: most processes hear from Twilio all the time and rarely speak to it.
        from twilio.rest import Client

        from voicebot.providers.twilio.http import BoundedHttpClient

        http = BoundedHttpClient(self._api_base, **self._limits)
        return Client(self._account_sid, self._auth_token, http_client=http)


@contextmanager
def readable() -> Iterator[None]:
    """Our HTTP client raises ProviderError itself; what the SDK still stumbles over is JSON of another shape."""
    from twilio.base.exceptions import TwilioException

    try:
        yield
    except (TwilioException, AttributeError, KeyError, TypeError, ValueError) as error:
        raise unreadable(PROVIDER) from error


def checked_sid(sid: str, *prefixes: str) -> str:
    """Return a SID that may become part of a path. Raises ProviderError for anything else."""
    if not re.fullmatch(rf"(?:{'|'.join(prefixes)})[0-9a-fA-F]{{32}}", sid):
        raise ProviderError(PROVIDER, BAD_REQUEST, Outcome.REFUSED)
    return sid


def present(sid: str | None) -> str:
    """Return the SID; an answer of success without one leaves open what was made."""
    if not sid:
        raise unreadable(PROVIDER)
    return sid


def in_utc(moment: datetime) -> datetime:
    """Return the moment in UTC: the SDK writes a Z behind any time as it stands (handbook 9)."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is not a moment")
    return moment.astimezone(UTC)
