"""Delete clips of calls that are over; fixed phrases stay."""

import time

from voicebot.runtime import Runtime


def sweep_clips(runtime: Runtime) -> int:
    """Delete what nobody has read for an hour in this machine's clip folder; return how many files."""
    return runtime.clips.sweep(time.time())
