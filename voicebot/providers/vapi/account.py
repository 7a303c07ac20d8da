"""One account at Vapi that dials for us: a `Dialler`, and how its webhooks are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from voicebot.domain.dialling.led_calls import LedCall
from voicebot.providers.ports import LostDial, NewDial, PlacedCall, ProviderCall, ProviderNumber
from voicebot.providers.ports.led import LedCalls, NewLedCall
from voicebot.providers.vapi.calls import VapiCalls
from voicebot.providers.vapi.http import VapiHttp
from voicebot.transports.vapi.credentials import Credential, credential_in

CLOCKS_DIFFER = timedelta(seconds=120)
MADE_WITHIN = timedelta(hours=1)
"""A request for a call takes seconds: a call made an hour later belongs to another request."""


@dataclass(frozen=True)
class VapiAccount:
    """`name`: as in `call_service_providers`."""

    name: str
    calls: LedCalls
    credential: Credential = field(repr=False)

    def numbers(self) -> Sequence[ProviderNumber]:
        """Return the number that the account calls from."""
        return self.calls.numbers()

    def place(self, attempt: NewDial) -> PlacedCall:
        """Have it dialled. An `unknown` outcome may have dialled: never repeat it blindly."""
        wanted = NewLedCall(
            name=str(attempt.attempt_id),
            to=attempt.to_number,
            time_limit_s=attempt.time_limit_s,
            variables=attempt.variables,
            assistant_id=attempt.assistant_id,
        )
        return PlacedCall(self.calls.create_call(wanted))

    def find(self, lost: LostDial) -> Sequence[ProviderCall]:
        """Return the call that carries the attempt's name, out of a complete list."""
        call = self.find_led(lost)
        return [] if call is None else [provider_call_of(call)]

    def find_led(self, lost: LostDial) -> LedCall | None:
        """Return the same with all that is known of it."""
        since = lost.since.astimezone(UTC)
        return self.calls.find_call(
            str(lost.attempt_id), since=since - CLOCKS_DIFFER, until=since + MADE_WITHIN
        )

    def fetch(self, call_id: str) -> ProviderCall:
        """Return the call as Vapi has it."""
        return provider_call_of(self.calls.fetch_call(call_id))

    def hang_up(self, call_id: str) -> None:
        """End the call, whatever it does."""
        self.calls.end_call(call_id)


def provider_call_of(call: LedCall) -> ProviderCall:
    """Return a call as every carrier's is told."""
    return ProviderCall(
        sid=call.call_id,
        status=call.status.value,
        direction="outbound-api",
        from_number=call.from_number,
        to_number=call.to_number,
        duration_s=call.duration_s,
        price=None if call.cost_usd is None else -call.cost_usd,
        price_unit=None if call.cost_usd is None else "USD",
        created_at=call.created_at,
        started_at=call.started_at,
        ended_at=call.ended_at,
    )


def vapi_account(
    name: str, phone_number_id: str, secrets: Mapping[str, Any], base_url: str = ""
) -> VapiAccount:
    """Make an account of what its row keeps: key, assistant_id, webhook. Raises ValueError."""
    given = {each: secrets.get(each) for each in ("key", "assistant_id", "webhook")}
    for each, value in given.items():
        if not isinstance(value, str) or not value.strip() or not value.isascii():
            raise ValueError(f"{each}: missing, or no text")
    calls = VapiCalls(
        VapiHttp(str(given["key"]), base_url),
        assistant_id=str(given["assistant_id"]),
        phone_number_id=phone_number_id,
    )
    return VapiAccount(name, calls, credential_in(str(given["webhook"])))
