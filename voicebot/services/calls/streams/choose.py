"""What carries a call: its template's choice, else the usual; Gather where a socket cannot."""

from collections.abc import Collection, Mapping
from typing import Any

from voicebot.domain.call.background import Transport
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.lines import BUILT
from voicebot.services.sockets_health import sockets_healthy
from voicebot.settings import Settings


def transport_of(template: Mapping[str, Any], settings: Settings, usable: Collection[Transport]) -> Transport:
    """Return what carries a call of this template; SQL chooses alike (`private.offered_transport`)."""
    wanted = template.get("transport") or settings.voice_transport
    wanted = Transport(wanted) if wanted in set(Transport) else Transport.GATHER
    return wanted if wanted in usable else Transport.GATHER


def usable_sockets(runtime: Runtime) -> tuple[Transport, ...]:
    """Return the sockets that can carry a call now: built, reachable from outside, and with room on this machine."""
    if not sockets_healthy(runtime) or len(runtime.live_streams) >= runtime.settings.max_calls:
        return ()
    has_senses = bool(runtime.transcriber and runtime.speaker and runtime.detector)
    return tuple(each for each in BUILT if has_senses or each is not Transport.MEDIA)
