"""Which line carries which transport: a new transport is a line and two entries here."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from voicebot.domain.call.background import Transport
from voicebot.runtime import Runtime
from voicebot.services.calls.media.line import MediaLine
from voicebot.services.calls.media.make import make_media_line, media_start
from voicebot.services.calls.ports import Brain
from voicebot.services.calls.relay.line import RelayLine
from voicebot.services.calls.streams.line import StreamCall, StreamLine, StreamStart
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.services.calls.streams.tokens import PARAMETER
from voicebot.transports.twilio import relay

_LINES: Mapping[Transport, Callable[[Runtime, StreamSocket, StreamCall], StreamLine]] = {
    Transport.RELAY: RelayLine,
    Transport.MEDIA: make_media_line,
}
_STARTS: Mapping[Transport, Callable[[Mapping[str, Any]], StreamStart | None]] = {
    Transport.RELAY: lambda message: _relay_start(message),  # noqa: PLW0108
    Transport.MEDIA: media_start,
}


BUILT: Collection[Transport] = tuple(_LINES)
"""The transports that there is a line for."""


def make_line(runtime: Runtime, socket: StreamSocket, call: StreamCall) -> StreamLine:
    """Return the line that carries the call."""
    return _LINES[call.transport](runtime, socket, call)


def make_brain(line: StreamLine, chat: Brain) -> Brain:
    """Return who thinks for the call: `chat`, unless the line has an engine that does so by itself."""
    return line.brain(chat) if isinstance(line, MediaLine) else chat


def read_start(transport: Transport, message: Mapping[str, Any]) -> StreamStart | None:
    """Return what the message that begins a stream says; None for any other message."""
    return _STARTS[transport](message)


def _relay_start(message: Mapping[str, Any]) -> StreamStart | None:
    setup = relay.read(message)
    if not isinstance(setup, relay.Setup):
        return None
    return StreamStart(setup.call_sid, setup.session_id, setup.parameters.get(PARAMETER, ""))
