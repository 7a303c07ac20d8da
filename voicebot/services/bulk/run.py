"""The worker's part of a bulk action: batch after batch, each in a transaction, so that another worker can finish it."""

import logging
from uuid import UUID

from voicebot.runtime import Runtime
from voicebot.services.bulk.export import sweep_exports, write_export
from voicebot.services.tables.kept_files import sweep_files
from voicebot.storage.bulk import actions as bulk

log = logging.getLogger(__name__)


def run_bulk(runtime: Runtime, bulk_id: str) -> None:
    """Do the rest of an action. Two workers may run it at once: each row is done once. Raises DatabaseAway."""
    which, limits = UUID(bulk_id), runtime.limits.bulk
    while (told := bulk.run_bulk_batch(runtime.database, which, batch=limits.batch))["state"] == "running":
        if told["action"] == "export":
            write_export(runtime, which)
            return
    runtime.hint.made_work()


def resume_bulk(runtime: Runtime) -> int:
    """Queue again the actions whose worker is gone; return how many. Raises DatabaseAway."""
    resumed = bulk.resume_bulk(runtime.database, quiet_s=runtime.limits.bulk.quiet_s)
    if resumed:
        log.warning("bulk actions are gone on with", extra={"count": resumed})
    return resumed


def sweep_bulk(runtime: Runtime) -> int:
    """Delete files that are too old, and rows of actions that are long over; return how much. Raises DatabaseAway."""
    files = sweep_exports(runtime.settings) + sweep_files(runtime.settings)
    return files + bulk.sweep_bulk(runtime.database)
