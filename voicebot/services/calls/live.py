"""Whether one more call may be answered here."""

from voicebot.runtime import Runtime
from voicebot.storage.calls import calls


def admit(runtime: Runtime, call_sid: str) -> bool:
    """Count a call as carried by this process, unless the process is full. Raises DatabaseAway.

    The report of a call's end may reach another process, so a process that seems full asks the database which of its
    calls are over.
    """
    live, limit = runtime.live_calls, runtime.settings.max_calls
    if live.admit(call_sid, limit):
        return True
    begun = live.begun_calls()
    live.forget(set(begun) - calls.running_calls(runtime.database, begun))
    return live.admit(call_sid, limit)
