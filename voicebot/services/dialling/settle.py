"""Find out the result of a dial: from a status that names it, or else from the carrier's own list.

A missing report alone never causes a second dial.
"""

import logging
from collections.abc import Sequence
from uuid import UUID

from voicebot.domain.call.statuses import is_terminal
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import LostDial, Outcome, ProviderCall, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.calls.end_overdue import UNKNOWN_TO_CARRIER
from voicebot.services.dialling.diallers import dialler_of
from voicebot.services.dialling.greeting import start_greeting
from voicebot.services.dialling.led.accounts import led_account
from voicebot.services.dialling.led.settle import settle_led_dial
from voicebot.storage import dials
from voicebot.storage.dials import SilentDial

NEVER_MADE = "failed"
BEGINS_TO_RING = "initiated"
log = logging.getLogger(__name__)


def record_dial_status(runtime: Runtime, attempt_id: str, call_sid: str, status: str, ours: str = "") -> None:
    """Keep what the carrier tells about a call that we dialled: it settles a dial of unknown fate. Raises DatabaseAway.

    `ours`: the number that it comes from.
    """
    try:
        key = UUID(attempt_id)
    except ValueError:
        return
    if not call_sid:
        return
    known = dials.settle_dial(runtime.database, key, status, call_sid)
    if status == BEGINS_TO_RING:
        start_greeting(runtime, key, ours)
    log.info(
        "told about a dial", extra={"key": key, "status": status, "outcome": "known" if known else "unknown"}
    )


def settle_silent_dials(runtime: Runtime) -> int:
    """Ask the carrier about dials without any report; return how many were settled. Raises DatabaseAway."""
    settled, silent_s = dials.end_overdue_dials(runtime.database), runtime.limits.code.silent_after_s
    for silent in dials.unknown_dials(runtime.database, older_than_s=silent_s):
        if account := led_account(runtime, silent.account):
            settled += settle_led_dial(runtime, account, silent)
            continue
        try:
            with provider_call("telephony", "list_calls"):
                found = _candidates(runtime, silent)
        except ProviderError as error:
            if silent.call_sid and error.outcome is Outcome.REFUSED and error.code in UNKNOWN_TO_CARRIER:
                # It told us the name of a call that it does not know: nothing rings.
                settled += _settle(runtime, silent, silent.call_sid, NEVER_MADE)
                continue
            log.warning("the carrier could not be asked about a dial", extra={"code": error.code})
            continue
        if not all(is_terminal(call.status) for call in found):
            if silent.call_sid:
                # It goes on: noted, so that it is asked about again after another silence and not in the next round.
                dials.settle_dial(runtime.database, silent.attempt_id, found[0].status, silent.call_sid)
            continue
        # A call of another attempt is refused, and the next one in the list is tried.
        known = any(_settle(runtime, silent, call.sid, call.status) for call in found)
        if not known and silent.state == "unknown":
            # A complete list that long afterwards does not have it; the second one that says so is believed.
            known = _settle(runtime, silent, None, NEVER_MADE)
        settled += known
    return settled


def _candidates(runtime: Runtime, silent: SilentDial) -> Sequence[ProviderCall]:
    """Return the calls that the dial may have become, as whoever dialled it has them."""
    dialler = dialler_of(runtime, silent.account)
    if silent.call_sid:
        return [dialler.fetch(silent.call_sid)]
    return dialler.find(LostDial(silent.attempt_id, silent.to_number, silent.since))


def _settle(runtime: Runtime, silent: SilentDial, sid: str | None, status: str) -> bool:
    known = dials.settle_dial(runtime.database, silent.attempt_id, status, sid)
    if known:
        log.info("a silent dial is settled", extra={"key": silent.attempt_id, "status": status})
    return known
