"""Delete rows that are stored for a limited time, in pieces that delay nothing else."""

import logging

from voicebot.runtime import Runtime
from voicebot.storage import caps, retention

log = logging.getLogger(__name__)


def sweep_records(runtime: Runtime) -> int:
    """Sweep until nothing old is left or this round has deleted enough; return how many rows. Raises DatabaseAway."""
    gone, limits = 0, runtime.limits.sweep
    for _ in range(limits.most_batches):
        swept = retention.sweep_records(runtime.database, batch=limits.batch)
        gone += sum(swept.values())
        if max(swept.values()) < limits.batch:
            break
    gone += sum(caps.sweep_caps(runtime.database).values())
    if gone:
        log.info("old records swept", extra={"count": gone})
    return gone
