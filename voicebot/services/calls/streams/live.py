"""All sessions of this process together: their leases are renewed in one statement, and they move away when it stops."""

import logging
import threading

from voicebot.runtime import Runtime
from voicebot.services.calls.streams.session import StreamSession
from voicebot.storage.calls import streams
from voicebot.storage.database import DatabaseAway

log = logging.getLogger(__name__)


MOVED_AGAIN_S = 0.5


def keep_streams(runtime: Runtime) -> None:
    """Keep the leases of this process's calls for as long as it lives, and move the calls away once it is draining."""
    for name, work in (("leases", _keep_leases), ("moving", _move_when_draining)):
        threading.Thread(target=work, args=(runtime,), name=f"stream-{name}", daemon=True).start()


def _keep_leases(runtime: Runtime) -> None:
    if mended := runtime.tapes.repair():
        log.warning("recordings were left by a process that died", extra={"count": mended})
    never = threading.Event()
    while not never.wait(runtime.limits.stream.renew_s):
        try:
            renew_leases(runtime)
        except DatabaseAway:
            # Nobody can take a call over meanwhile either.
            continue
        except Exception:
            log.exception("leases of calls were not renewed")


def _move_when_draining(runtime: Runtime) -> None:
    runtime.draining.wait()
    never = threading.Event()
    # A socket that was on its way is moved too.
    while not never.wait(MOVED_AGAIN_S if move_calls(runtime) else 2 * MOVED_AGAIN_S):
        pass


def renew_leases(runtime: Runtime) -> None:
    """Renew the lease of each call that a socket of this process carries; end the sessions of calls that others have."""
    sessions: dict[int, StreamSession] = dict(runtime.live_streams)
    if not sessions:
        return
    leases = {call_id: session.lease.token for call_id, session in sessions.items()}
    for call_id in streams.renew_streams(runtime.database, leases, lease_s=runtime.limits.stream.lease_s):
        sessions[call_id].stop()


def move_calls(runtime: Runtime) -> int:
    """Have every call of this process go on elsewhere, each at its next pause; return how many there are."""
    sessions: list[StreamSession] = list(runtime.live_streams.values())
    for session in sessions:
        session.move()
    return len(sessions)
