"""Ask a provider about calls whose answer, message or report was lost.

A provider does not repeat reports, so its own list decides. Missing reports alone never cause a second dial.
"""

import logging
from uuid import UUID

from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.dialling.led_calls import Fate, LedCall
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import LostDial, Outcome, ProviderError
from voicebot.providers.vapi.account import VapiAccount
from voicebot.runtime import Runtime
from voicebot.services.dialling.led.accounts import led_account
from voicebot.services.dialling.led.record import Kept, record_call
from voicebot.storage import dials, led_calls
from voicebot.storage.dials import SilentDial

NEVER_MADE = "failed"
GONE = "http_404"
FORGOTTEN = "not-found"
TELEPHONY = "telephony"
log = logging.getLogger(__name__)


class NotOverYet(Exception):
    """The provider has not ended the call yet; the job is to ask again later."""


def settle_led_dial(runtime: Runtime, account: VapiAccount, silent: SilentDial) -> bool:
    """Ask about a dial without any report; return whether the answer settled it. Raises DatabaseAway."""
    try:
        if silent.call_sid:
            call: LedCall | None = fetched(account, silent.attempt_id, silent.call_sid)
        else:
            with provider_call(TELEPHONY, "list_calls"):
                call = account.find_led(LostDial(silent.attempt_id, silent.to_number, silent.since))
    except ProviderError as error:
        log.warning("a provider could not be asked about a dial", extra={"code": error.code})
        return False
    if call is None:
        # A complete list that long afterwards does not have it; the second one that says so is believed.
        absent = silent.state == "unknown"
        return absent and dials.settle_dial(runtime.database, silent.attempt_id, NEVER_MADE, None)
    kept = record_call(runtime, account.name, call, f"fetched:{call.status.value}")
    return call.over and kept is not Kept.ASIDE


def fetch_led_call(runtime: Runtime, attempt_id: str) -> None:
    """Fetch the report of a call that is over and of which no report came. A job: it may run twice.

    Raises NotOverYet, ProviderError and DatabaseAway: the job is then tried again.
    """
    key = UUID(attempt_id)
    known = led_calls.led_attempt(runtime.database, key)
    account = led_account(runtime, known.account) if known else None
    if known is None or account is None or known.told or not known.call_id:
        return
    call = fetched(account, key, known.call_id)
    record_call(runtime, account.name, call, f"fetched:{call.status.value}")
    if not call.over:
        raise NotOverYet("the provider has not ended the call yet")


def fetch_untold_calls(runtime: Runtime) -> int:
    """Fetch calls that should be over but whose end was not reported; return how many are over now. Safe to repeat."""
    over = 0
    for untold in led_calls.untold_led_calls(runtime.database):
        account = led_account(runtime, untold.account)
        if account is None:
            continue
        try:
            call = fetched(account, untold.attempt_id, untold.call_id)
        except ProviderError as error:
            log.warning("a call's end could not be fetched", extra={"code": error.code})
            continue
        record_call(runtime, account.name, call, f"fetched:{call.status.value}")
        over += call.over
    return over


def fetched(account: VapiAccount, attempt_id: UUID, call_id: str) -> LedCall:
    """Return a call as its provider has it. Raises ProviderError.

    One that the provider made and does not know any more is over. It may have rung, so it counts as canceled, which is
    never dialled again.
    """
    try:
        with provider_call(TELEPHONY, "fetch_call"):
            return account.calls.fetch_call(call_id)
    except ProviderError as error:
        if error.outcome is not Outcome.REFUSED or error.code != GONE:
            raise
    return LedCall(call_id, CallStatus.CANCELED, attempt_id, fate=Fate.CANCELED, reason=FORGOTTEN, whole=True)
