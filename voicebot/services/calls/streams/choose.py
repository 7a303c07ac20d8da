"""Which sockets can carry a call now; SQL chooses among them by the call's template (`private.offered_transport`)."""

from voicebot.domain.call.background import Transport
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.lines import BUILT
from voicebot.services.sockets_health import sockets_healthy


def usable_sockets(runtime: Runtime) -> tuple[Transport, ...]:
    """Return the sockets that can carry a call now: built, reachable from outside, and with room on this machine."""
    if not sockets_healthy(runtime) or len(runtime.live_streams) >= runtime.settings.max_calls:
        return ()
    has_senses = bool(runtime.transcriber and runtime.speaker and runtime.detector)
    return tuple(each for each in BUILT if has_senses or each is not Transport.MEDIA)
