"""Ask the carrier what a call cost. The price comes later than the end of the call, often by minutes."""

import logging
import random
from collections.abc import Callable

from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.dialling.diallers import dialler_of
from voicebot.storage.calls import results

PAGE_SIZE = 1000
ASKED_A_ROUND = 50
logger = logging.getLogger(__name__)


class PriceNotYet(Exception):
    """The carrier has not priced the call yet; the job is to ask again later."""


def fetch_price(runtime: Runtime, call_id: int) -> bool:
    """Save the call's price, its unit and the duration that is charged; False when there is nothing to ask for.

    Raises PriceNotYet and, unless the carrier will never answer, ProviderError: the job is then tried again.
    """
    facts = results.call_facts(runtime.database, call_id)
    if facts is None or facts.priced:
        return False
    try:
        call = dialler_of(runtime, facts.account).fetch(facts.call_sid)
    except ProviderError as error:
        if error.outcome is not Outcome.REFUSED:
            raise
        logger.warning("the carrier tells no price", extra={"call_id": call_id, "code": error.code})
        return False
    if call.price is None:
        raise PriceNotYet("the carrier has not priced the call yet")
    results.save_price(runtime.database, call_id, call.price, call.price_unit, call.duration_s)
    return True


def fetch_missing_prices(
    runtime: Runtime, *, choose: Callable[[list[int], int], list[int]] = random.sample
) -> int:
    """Ask for prices that no job got in time; return how many came. Repeating it is safe.

    Which of them are asked for is drawn by lot: calls that never get a price must not hold up the others.
    """
    missing = results.calls_without_price(runtime.database, page_size=PAGE_SIZE)
    saved = 0
    for call_id in choose(missing, min(ASKED_A_ROUND, len(missing))):
        try:
            saved += fetch_price(runtime, call_id)
        except PriceNotYet:
            # A later round asks again.
            continue
    return saved
