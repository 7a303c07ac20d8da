"""Look at entries that came straight into the table: SQL knows neither kinds of numbers nor their zones.

An unchecked entry is not dialled. An entry that may never be dialled ends with the reason.
"""

import logging

from voicebot.domain.dialling.place import NotCallable, place_of
from voicebot.domain.dialling.variables import variables_problem
from voicebot.runtime import Runtime
from voicebot.services.dialling.series import make_occurrences
from voicebot.storage import campaigns, plans, queue
from voicebot.storage.dialling import rules
from voicebot.storage.queue import UncheckedEntry

INVALID_VARIABLES = "invalid_variables"
log = logging.getLogger(__name__)


def check_entries(runtime: Runtime) -> int:
    """Check new entries, end entries whose time is over, and make the calls of series; return how many changed. Raises
    DatabaseAway.
    """
    checked = sum(_check(runtime, entry) for entry in queue.unchecked_entries(runtime.database))
    ended = queue.expire_entries(runtime.database) + campaigns.end_campaigns(runtime.database)
    made = make_occurrences(runtime) + rules.wake_parked(runtime.database)
    return checked + ended + made + plans.keep_plans(runtime.database)


def _check(runtime: Runtime, entry: UncheckedEntry) -> bool:
    place, refusal = None, None
    try:
        place = place_of(entry.to_number, runtime.settings.allowed_countries, entry.timezone)
    except NotCallable as found:
        refusal = found.code
    if refusal is None and variables_problem(entry.template, entry.variables, more_is_fine=entry.in_campaign):
        refusal = INVALID_VARIABLES
    if refusal:
        log.info("an entry of the queue is not callable", extra={"key": str(entry.id), "code": refusal})
    return queue.check_entry(runtime.database, entry, place, refusal)
