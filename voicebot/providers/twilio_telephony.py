"""Calls, recordings and numbers at Twilio, or at a server that speaks its REST API.

There is no idempotency key on Twilio's POSTs, so nothing here is ever sent twice; what to do about an `unknown`
outcome is the caller's business.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from voicebot.providers.errors import BAD_REQUEST, unreadable
from voicebot.providers.ports import NewCall, Outcome, ProviderCall, ProviderError, ProviderNumber
from voicebot.providers.twilio_records import call_of, number_of

PROVIDER = "twilio"
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
MOST_NUMBERS = 10_000
PAGE_SIZE = 1000
NOT_IN_PROGRESS = "21220"
_METHODS = {
    "voice_url": "voice_method",
    "voice_fallback_url": "voice_fallback_method",
    "status_callback": "status_callback_method",
    "sms_url": "sms_method",
    "sms_fallback_url": "sms_fallback_method",
}


class TwilioTelephony:
    """`Telephony` over the twilio SDK. One instance a process; safe to share between threads and greenlets."""

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

    def create_call(self, call: NewCall) -> str:
        """Start ringing; return the CallSid. An `unknown` outcome may have dialled: never repeat it blindly."""
        with _readable():
            created = self._client.calls.create(
                to=call.to,
                from_=call.from_number,
                url=call.url,
                fallback_url=call.fallback_url,
                status_callback=call.status_url,
                status_callback_event=list(CALL_EVENTS),
                timeout=call.ring_s,
                time_limit=call.time_limit_s,
            )
            return _present(created.sid)

    def redirect_call(self, sid: str, *, url: str) -> None:
        """Make the running call fetch `url` now. A call that is not in progress refuses (21220)."""
        with _readable():
            self._call(sid).update(url=url, method="POST")

    def end_call(self, sid: str) -> None:
        """Complete the call, whatever it does; one that is over already is what was asked for."""
        try:
            with _readable():
                self._call(sid).update(status="completed")
        except ProviderError as error:
            if error.code != NOT_IN_PROGRESS:
                raise

    def fetch_call(self, sid: str) -> ProviderCall:
        """Return the call as Twilio has it; shortly after a change it may still be the old one (HANDBOOK 1.9)."""
        with _readable():
            return call_of(self._call(sid).fetch())

    def list_calls(
        self, *, to: str | None = None, started_after: datetime | None = None, limit: int = 1000
    ) -> Iterator[ProviderCall]:
        """Yield calls, newest first, a page at a time as they are asked for; at most `limit`.

        Without `started_after` queued calls are included: they have no start time. It must know its time zone.
        """
        wanted: dict[str, Any] = {"limit": limit, "page_size": min(limit, PAGE_SIZE)}
        if to is not None:
            wanted["to"] = to
        if started_after is not None:
            wanted["start_time_after"] = _utc(started_after)
        return self._calls(wanted)

    def start_recording(self, sid: str, *, callback_url: str) -> str:
        """Record the running call in two channels; return the RecordingSid."""
        with _readable():
            recording = self._call(sid).recordings.create(
                recording_channels="dual",
                recording_status_callback=callback_url,
                recording_status_callback_event=["in-progress", "completed", "absent"],
            )
            return _present(recording.sid)

    def list_numbers(self) -> list[ProviderNumber]:
        """Return every number of the account."""
        with _readable():
            numbers = self._client.incoming_phone_numbers.stream(limit=MOST_NUMBERS, page_size=PAGE_SIZE)
            return [number_of(number) for number in numbers]

    def set_number_urls(self, sid: str, urls: Mapping[str, str]) -> None:
        """Register URLs, all to be posted to. Raises ValueError for a key that is no URL field of ProviderNumber."""
        strange = set(urls) - set(_METHODS)
        if strange:
            raise ValueError(f"no such URL of a number: {', '.join(sorted(strange))}")
        fields = dict(urls) | {_METHODS[name]: "POST" for name in urls}
        with _readable():
            self._client.incoming_phone_numbers(_sid(sid, "PN")).update(**fields)

    @cached_property
    def _client(self) -> Any:
        # Imported at first use: most processes hear from Twilio all the time and rarely speak to it.
        from twilio.rest import Client

        from voicebot.providers.twilio_http import BoundedHttpClient

        http = BoundedHttpClient(self._api_base, **self._limits)
        return Client(self._account_sid, self._auth_token, http_client=http)

    def _call(self, sid: str) -> Any:
        return self._client.calls(_sid(sid, "CA"))

    def _calls(self, wanted: dict[str, Any]) -> Iterator[ProviderCall]:
        with _readable():
            for record in self._client.calls.stream(**wanted):
                yield call_of(record)


@contextmanager
def _readable() -> Iterator[None]:
    """Our HTTP client raises ProviderError itself; what the SDK still stumbles over is JSON of another shape."""
    from twilio.base.exceptions import TwilioException

    try:
        yield
    except (TwilioException, AttributeError, KeyError, TypeError, ValueError) as error:
        raise unreadable(PROVIDER) from error


def _sid(sid: str, prefix: str) -> str:
    """It becomes part of a path."""
    if not re.fullmatch(rf"{prefix}[0-9a-fA-F]{{32}}", sid):
        raise ProviderError(PROVIDER, BAD_REQUEST, Outcome.REFUSED)
    return sid


def _present(sid: str | None) -> str:
    """An answer of success without a SID leaves open what was made."""
    if not sid:
        raise unreadable(PROVIDER)
    return sid


def _utc(moment: datetime) -> datetime:
    """The SDK writes a Z behind any time as it stands (HANDBOOK 9), so it gets UTC and nothing else."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is not a moment")
    return moment.astimezone(UTC)
