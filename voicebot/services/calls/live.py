"""Whether one more call may be answered here."""

from voicebot.runtime import Runtime
from voicebot.storage.calls import calls


def admit(runtime: Runtime, call_sid: str) -> bool:
    """Take on a call, unless this process carries as many as it may. Raises DatabaseAway.

    The end of a call is told to any process. The database is asked only when there seems to be no room.
    """
    live, limit = runtime.live_calls, runtime.settings.max_calls
    if live.admit(call_sid, limit):
        return True
    begun = live.begun_calls()
    live.forget(set(begun) - calls.running_calls(runtime.database, begun))
    return live.admit(call_sid, limit)
