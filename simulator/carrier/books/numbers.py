"""The account's own numbers and what each of them does when it is called."""

import json
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator.carrier.wire.formats import lasting_sid, national, rfc2822, utc_now


@dataclass(frozen=True)
class OwnNumber:
    """One IncomingPhoneNumber; a number without a voice URL is not answered (handbook 1.1).

    A trunk takes its calls before an application, and an application before the URLs. This simulator has neither, so
    such calls reach nobody.
    """

    account_sid: str
    phone_number: str
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
    friendly_name: str = ""
    date_created: datetime = field(default_factory=utc_now)
    date_updated: datetime = field(default_factory=utc_now)

    @property
    def sid(self) -> str:
        """PN and 32 hex digits, the same at every start."""
        return lasting_sid("PN", self.account_sid, self.phone_number)

    @property
    def takes_calls(self) -> bool:
        """Whether its own URLs are asked about a call."""
        return bool(self.voice_url and not self.trunk_sid and not self.voice_application_sid)

    @property
    def takes_texts(self) -> bool:
        """Whether its own URLs are asked about a text."""
        return bool(self.sms_url and not self.sms_application_sid)

    def shown(self) -> dict[str, Any]:
        """The resource as Twilio's JSON."""
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "friendly_name": self.friendly_name or national(self.phone_number),
            "phone_number": self.phone_number,
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            **{name: getattr(self, name) for name in CHANGEABLE.values() if name != "friendly_name"},
            "trunk_sid": self.trunk_sid or None,
            "voice_caller_id_lookup": False,
            "address_requirements": "none",
            "address_sid": None,
            "bundle_sid": None,
            "identity_sid": None,
            "emergency_status": "Inactive",
            "emergency_address_sid": None,
            "emergency_address_status": "unregistered",
            "voice_receive_mode": "voice",
            "beta": False,
            "origin": "twilio",
            "status": "in-use",
            "type": "local",
            "api_version": "2010-04-01",
            "date_created": rfc2822(self.date_created),
            "date_updated": rfc2822(self.date_updated),
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/IncomingPhoneNumbers/{self.sid}.json",
        }


CHANGEABLE = {
    "FriendlyName": "friendly_name",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "SmsApplicationSid": "sms_application_sid",
    "TrunkSid": "trunk_sid",
}
"""Parameters of the update request and the fields they set."""


SERVED_ELSEWHERE, IDLE = "+13125550147", "+442079460147"
ELSEWHERE = "https://calls.answering-service.example"
"""A service that does not exist: `.example` never will (RFC 2606)."""


def other_numbers(account_sid: str) -> tuple[OwnNumber, OwnNumber]:
    """The account's further numbers: one answered by another service, and one that nothing answers."""
    return (
        OwnNumber(
            account_sid,
            SERVED_ELSEWHERE,
            voice_url=f"{ELSEWHERE}/voice",
            voice_method="GET",
            status_callback=f"{ELSEWHERE}/ended",
            sms_url=f"{ELSEWHERE}/texts",
            friendly_name="Answering service",
        ),
        OwnNumber(account_sid, IDLE),
    )


class OwnNumbers:
    """The numbers of the account, in the order in which they were given.

    With a `file` their changes survive a restart, as at a real account, apart from the `told` ones.
    """

    def __init__(
        self, *numbers: OwnNumber, file: Path | None = None, told: frozenset[str] = frozenset()
    ) -> None:
        self._lock = threading.Lock()
        self._file = file
        left = {sid: fields for sid, fields in _read(file).items() if sid not in told}
        self._by_sid = {number.sid: replace(number, **left.get(number.sid, {})) for number in numbers}

    def all(self) -> list[OwnNumber]:
        """Every number."""
        with self._lock:
            return list(self._by_sid.values())

    def by_sid(self, sid: str) -> OwnNumber | None:
        """The number with this sid."""
        with self._lock:
            return self._by_sid.get(sid)

    def by_number(self, phone_number: str) -> OwnNumber | None:
        """The number that is written so."""
        return next((number for number in self.all() if number.phone_number == phone_number), None)

    def change(self, sid: str, params: dict[str, str]) -> OwnNumber:
        """Apply an update request; parameters that are none are ignored. The sid must be known."""
        changes: dict[str, Any] = {
            CHANGEABLE[name]: value for name, value in params.items() if name in CHANGEABLE
        }
        with self._lock:
            self._by_sid[sid] = replace(self._by_sid[sid], **changes, date_updated=utc_now())
            self._write()
            return self._by_sid[sid]

    def _write(self) -> None:
        if self._file is None:
            return
        left = {
            sid: {name: getattr(number, name) for name in CHANGEABLE.values()}
            for sid, number in self._by_sid.items()
        }
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps(left, indent=1), encoding="utf-8")
        unfinished.replace(self._file)


def _read(file: Path | None) -> dict[str, dict[str, Any]]:
    """What a start before this one left; nothing of a file that is none of ours."""
    try:
        left = json.loads(file.read_text(encoding="utf-8")) if file is not None else {}
        return {
            str(sid): {name: str(fields[name]) for name in CHANGEABLE.values() if name in fields}
            for sid, fields in left.items()
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
