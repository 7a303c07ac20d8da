"""Calls, recordings and numbers at Twilio, or at a server that speaks its REST API.

There is no idempotency key on Twilio's POSTs, so nothing here is ever sent twice; what to do about an `unknown`
outcome is the caller's business.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from voicebot.providers.ports import (
    NUMBER_FIELDS,
    Detection,
    NewCall,
    ProviderCall,
    ProviderError,
    ProviderNumber,
)
from voicebot.providers.twilio.client import PAGE_SIZE, TwilioAccount, checked_sid, in_utc, present, readable
from voicebot.providers.twilio.download import delete, download
from voicebot.providers.twilio.records import call_of, number_of

CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
MOST_NUMBERS = 10_000
NOT_IN_PROGRESS = "21220"
DETECT_WITHIN_S = 30
API = "https://api.twilio.com"


class TwilioTelephony(TwilioAccount):
    """`Telephony` over the twilio SDK. One instance a process; safe to share between threads and greenlets."""

    def create_call(self, call: NewCall) -> str:
        """Start ringing; return the CallSid. An `unknown` outcome may have dialled: never repeat it blindly."""
        with readable():
            created = self._client.calls.create(
                to=call.to,
                from_=call.from_number,
                url=call.url,
                fallback_url=call.fallback_url,
                status_callback=call.status_url,
                status_callback_event=list(CALL_EVENTS),
                timeout=call.ring_s,
                time_limit=call.time_limit_s,
                **_detection(call.detection),
            )
            return present(created.sid)

    def redirect_call(self, sid: str, *, url: str) -> None:
        """Make the running call fetch `url` now. A call that is not in progress refuses (21220)."""
        with readable():
            self._call(sid).update(url=url, method="POST")

    def end_call(self, sid: str) -> None:
        """Complete the call, whatever its state; a call that is already over counts as ended."""
        try:
            with readable():
                self._call(sid).update(status="completed")
        except ProviderError as error:
            if error.code != NOT_IN_PROGRESS:
                raise

    def fetch_call(self, sid: str) -> ProviderCall:
        """Return the call as Twilio has it; shortly after a change it may still be the old one (handbook 1.9)."""
        with readable():
            return call_of(self._call(sid).fetch())

    def list_calls(
        self, *, to: str | None = None, started_after: datetime | None = None, limit: int = 1000
    ) -> Iterator[ProviderCall]:
        """Yield calls, newest first, fetching pages as needed; at most `limit`.

        Without `started_after` queued calls are included, which have no start time. The time must be aware.
        """
        wanted: dict[str, Any] = {"limit": limit, "page_size": min(limit, PAGE_SIZE)}
        if to is not None:
            wanted["to"] = to
        if started_after is not None:
            wanted["start_time_after"] = in_utc(started_after)
        return self._calls(wanted)

    def start_recording(self, sid: str, *, callback_url: str) -> str:
        """Record the running call in two channels; return the RecordingSid."""
        with readable():
            recording = self._call(sid).recordings.create(
                recording_channels="dual",
                recording_status_callback=callback_url,
                recording_status_callback_event=["in-progress", "completed", "absent"],
            )
            return present(recording.sid)

    def fetch_recording(self, sid: str, file: Path, *, most_bytes: int) -> int:
        """Write a finished recording to a file, as WAV in two channels; return its length. A longer one is refused (`too_large`)."""
        account = (self._account_sid, self._auth_token)
        return download(
            self._recording(sid, ".wav"),
            account,
            file,
            most_bytes=most_bytes,
            params={"RequestedChannels": "2"},
        )

    def delete_recording(self, sid: str) -> None:
        """Delete Twilio's own; one that is not there any more is what was asked for."""
        delete(self._recording(sid, ".json"), (self._account_sid, self._auth_token))

    def list_numbers(self) -> list[ProviderNumber]:
        """Return every number of the account."""
        with readable():
            numbers = self._client.incoming_phone_numbers.stream(limit=MOST_NUMBERS, page_size=PAGE_SIZE)
            return [number_of(number) for number in numbers]

    def change_number(self, sid: str, fields: Mapping[str, str]) -> None:
        """Set some of NUMBER_FIELDS in one request; an empty value clears a field. Raises ValueError for any other field."""
        strange = set(fields) - set(NUMBER_FIELDS)
        if strange:
            raise ValueError(f"no such field of a number: {', '.join(sorted(strange))}")
        with readable():
            self._client.incoming_phone_numbers(checked_sid(sid, "PN")).update(**fields)

    def _recording(self, sid: str, end: str) -> str:
        base = (self._api_base or API).rstrip("/")
        return f"{base}/2010-04-01/Accounts/{self._account_sid}/Recordings/{checked_sid(sid, 'RE')}{end}"

    def _call(self, sid: str) -> Any:
        return self._client.calls(checked_sid(sid, "CA"))

    def _calls(self, wanted: dict[str, Any]) -> Iterator[ProviderCall]:
        with readable():
            for record in self._client.calls.stream(**wanted):
                yield call_of(record)


def _detection(wanted: Detection | None) -> dict[str, Any]:
    """Return the fields that ask for detection beside the call (handbook 1.6, 8.2)."""
    if wanted is None:
        return {}
    return {
        "machine_detection": "DetectMessageEnd" if wanted.to_the_beep else "Enable",
        "machine_detection_timeout": DETECT_WITHIN_S,
        "async_amd": "true",
        "async_amd_status_callback": wanted.url,
        "async_amd_status_callback_method": "POST",
    }
