"""Watch the dialling: a fault becomes an incident, which is reported to the operator and closes when the fault ends.

The worker looks and the web process too, because a missing worker cannot report itself.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import dial_limits
from voicebot.services.operators.notice import INCIDENT_CONTENT, operator_notice
from voicebot.storage import incidents
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.incidents import IncidentHealth

log = logging.getLogger(__name__)


def check_incidents(runtime: Runtime, at: datetime | None = None) -> int:
    """Open new incidents and close those that are over; return how many changed. Raises DatabaseAway."""
    changed = incidents.check_incidents(
        runtime.database,
        runtime.carriers.main.name,
        dial_limits(runtime),
        notice=operator_notice(runtime, INCIDENT_CONTENT),
        at=at,
    )
    if changed:
        log.warning("incidents were opened or closed", extra={"count": changed})
        runtime.hint.made_work()
    return changed


def watch_dialling(runtime: Runtime) -> int:
    """Look once, as a loop of the worker that never asks to run again at once."""
    check_incidents(runtime)
    return 0


def incident_health(runtime: Runtime) -> IncidentHealth:
    """Return what is wrong right now, whether or not somebody watches. Raises DatabaseAway and DatabaseBug."""
    return incidents.incident_health(runtime.database, runtime.carriers.main.name, dial_limits(runtime))


def keep_watch(runtime: Runtime) -> Callable[[], None]:
    """Look again and again in the background; returns what stops it."""
    stopped = threading.Event()
    threading.Thread(target=_watch, args=(runtime, stopped), name="incidents", daemon=True).start()
    return stopped.set


def _watch(runtime: Runtime, stopped: threading.Event) -> None:
    while not stopped.wait(runtime.limits.loops.rounds_s):
        try:
            check_incidents(runtime)
        except DatabaseAway:
            # Others tell that.
            continue
        except DatabaseBug:
            log.exception("incidents could not be looked for")
