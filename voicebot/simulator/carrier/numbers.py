"""The account's own numbers and what each of them does when it is called."""

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from voicebot.simulator.carrier.formats import lasting_sid, national, rfc2822, utc_now


@dataclass(frozen=True)
class OwnNumber:
    """One IncomingPhoneNumber; a number without a voice URL answers nobody (handbook 1.1)."""

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
    friendly_name: str = ""
    date_created: datetime = field(default_factory=utc_now)
    date_updated: datetime = field(default_factory=utc_now)

    @property
    def sid(self) -> str:
        """PN and 32 hex digits, the same at every start."""
        return lasting_sid("PN", self.account_sid, self.phone_number)

    def shown(self) -> dict[str, Any]:
        """The resource as Twilio's JSON."""
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "friendly_name": self.friendly_name or national(self.phone_number),
            "phone_number": self.phone_number,
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            **{name: getattr(self, name) for name in CHANGEABLE.values() if name != "friendly_name"},
            "voice_caller_id_lookup": False,
            "voice_application_sid": "",
            "sms_application_sid": "",
            "trunk_sid": None,
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
}
"""Parameters of the update request and the fields they set."""


class OwnNumbers:
    """The numbers of the account, in the order they were given."""

    def __init__(self, *numbers: OwnNumber) -> None:
        self._lock = threading.Lock()
        self._by_sid = {number.sid: number for number in numbers}

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
            return self._by_sid[sid]
