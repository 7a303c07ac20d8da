"""The dialler of an attempt: the account in the attempt's row, asked through the API of its kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from voicebot.domain.dialling.answerer import OnVoicemail
from voicebot.domain.dialling.dials import DialKind
from voicebot.providers.carriers import Carrier, UnknownAccount
from voicebot.providers.ports import (
    Detection,
    Dialler,
    LostDial,
    NewCall,
    NewDial,
    Outcome,
    PlacedCall,
    ProviderCall,
    ProviderError,
    ProviderNumber,
)
from voicebot.runtime import Runtime
from voicebot.settings import Settings
from voicebot.transports.twilio.urls import answerer_url, dial_status_url, dial_url

CLOCKS_DIFFER = timedelta(seconds=120)
UNKNOWN_ACCOUNT = "unknown_account"


@dataclass(frozen=True)
class TwimlDialler:
    """A `Dialler` over an account that speaks Twilio's API: we serve the documents of its calls."""

    settings: Settings
    carrier: Carrier

    def numbers(self) -> Sequence[ProviderNumber]:
        """Return every number of the account."""
        return self.carrier.telephony.list_numbers()

    def place(self, attempt: NewDial) -> PlacedCall:
        """Start ringing."""
        return PlacedCall(self.carrier.telephony.create_call(self.new_call(attempt)))

    def find(self, lost: LostDial) -> Sequence[ProviderCall]:
        """Return the calls that we dialled to that number since then."""
        since = lost.since.astimezone(UTC) - CLOCKS_DIFFER
        return [
            call
            for call in self.carrier.telephony.list_calls(to=lost.to_number)
            if (call.created_at is None or call.created_at >= since) and call.direction.startswith("outbound")
        ]

    def fetch(self, call_id: str) -> ProviderCall:
        """Return the call as the account has it."""
        return self.carrier.telephony.fetch_call(call_id)

    def hang_up(self, call_id: str) -> None:
        """End the call."""
        self.carrier.telephony.end_call(call_id)

    def caller_of(self, attempt: NewDial) -> str:
        """Return the number that the call comes from."""
        return attempt.from_number or self.carrier.number

    def new_call(self, attempt: NewDial) -> NewCall:
        """Return what the account is asked for."""
        begins, detection = dial_url(self.settings, attempt.attempt_id), None
        if attempt.kind is DialKind.TALK and attempt.detect_machines:
            to_the_beep = attempt.on_voicemail is OnVoicemail.LEAVE_MESSAGE
            detection = Detection(answerer_url(self.settings, attempt.attempt_id), to_the_beep)
        return NewCall(
            to=attempt.to_number,
            from_number=self.caller_of(attempt),
            url=begins,
            fallback_url=begins,
            status_url=dial_status_url(self.settings, attempt.attempt_id),
            ring_s=attempt.ring_s,
            time_limit_s=attempt.time_limit_s,
            detection=detection,
        )


def dialler_of(runtime: Runtime, account: str) -> Dialler:
    """Return what dials for an account, by its name in `call_service_providers`. Raises ProviderError."""
    try:
        found = runtime.carriers.named(account)
    except UnknownAccount as error:
        raise ProviderError("telephony", UNKNOWN_ACCOUNT, Outcome.NOT_SENT) from error
    return TwimlDialler(runtime.settings, found) if isinstance(found, Carrier) else found
