"""Delete rows that are kept for a limited time, in pieces that delay nothing else."""

import logging

from voicebot.runtime import Runtime
from voicebot.storage import retention

BATCH = 2000
MOST_BATCHES = 100
log = logging.getLogger(__name__)


def sweep_records(runtime: Runtime) -> int:
    """Sweep until nothing old is left, or for this round enough is gone; return how many rows. Raises DatabaseAway."""
    gone = 0
    for _ in range(MOST_BATCHES):
        swept = retention.sweep_records(runtime.database, batch=BATCH)
        gone += sum(swept.values())
        if max(swept.values()) < BATCH:
            break
    if gone:
        log.info("old records swept", extra={"count": gone})
    return gone
