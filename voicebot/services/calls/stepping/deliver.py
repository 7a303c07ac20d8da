"""Commands reach the calls whose sockets this process has: one query for all of them, several times a second.

A process where a command comes in tells its neighbours of the machine to look at once (`neighbours`); these looks find what came in on
another machine, and what a lost hint concerned. What a process took and did not carry out, the next one
takes, because what was done is committed with the call's state.
"""

import logging
import threading

from voicebot.runtime import Runtime
from voicebot.services.calls.streams.session import StreamSession
from voicebot.storage.calls import commands
from voicebot.storage.database import DatabaseAway, SupabaseDatabase

log = logging.getLogger(__name__)


def keep_delivering(runtime: Runtime) -> None:
    """Look for commands for as long as this process lives."""
    threading.Thread(target=_deliver_all, args=(runtime,), name="call-commands", daemon=True).start()


def _deliver_all(runtime: Runtime) -> None:
    never = threading.Event()
    limits = runtime.limits.stream
    # A query over REST costs fourteen times as much.
    looks_s = limits.looks_by_rest_s if isinstance(runtime.database, SupabaseDatabase) else limits.looks_s
    while not never.wait(looks_s):
        try:
            deliver_commands(runtime)
        except DatabaseAway:
            continue
        except Exception:
            log.exception("commands were not looked for")


def deliver_commands(runtime: Runtime) -> int:
    """Take what waits for our calls and tell their owners; return how much that was. Raises DatabaseAway."""
    sessions: dict[int, StreamSession] = dict(runtime.live_streams)
    if not sessions:
        return 0
    leases = [session.lease.token for session in sessions.values()]
    taken = commands.take_commands(runtime.database, leases)
    for each in taken:
        if session := sessions.get(each.call_id):
            session.tell(each.event)
    return len(taken)
