"""A line on a socket, and its opening values: the call, and the call's state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState
from voicebot.services.calls.media.tape import Tape
from voicebot.services.calls.ports import Line, LogEntry, Report
from voicebot.services.meter import Meter


@dataclass(frozen=True)
class StreamStart:
    """What the first message of a socket says: whose it is, and the token that proves it."""

    call_sid: str
    stream_sid: str
    """The carrier's name of this socket: a SessionId of ConversationRelay, a StreamSid of Media Streams."""
    token: str


@dataclass(frozen=True)
class StreamCall:
    """The call that a socket carries."""

    call_id: int
    call_sid: str
    stream_sid: str
    transport: Transport
    background: CallBackground
    setup: CallSetup
    voice_id: str
    language: str
    meter: Meter
    ours: str = ""
    """Our number."""
    tape: Tape | None = None
    """Where both sides' sound is kept; None: the call is not recorded."""


@dataclass(frozen=True)
class StreamOpening:
    """Where the call stands when its socket is up."""

    state: CallState
    """Of a call that has not begun yet: a new one."""
    resumed: bool
    """Something had the call before: what was heard is not said again."""
    now: Callable[[], datetime]
    """The clock of the call's owner."""
    wake: Callable[[datetime | None, Callable[[], None]], None]
    """Have something done in the owner's thread at a time; it replaces what was to be done before. None: not at all."""
    kept: Callable[[], bool] = lambda: True
    """Whether everything that was decided is committed: whoever goes on with the call reads that."""


class StreamLine(Line, Protocol):
    """Carries a call over a socket.

    `perform` and `decided` come from the owner's thread, `hear` and `lost` from the socket's reader.
    """

    def start(self, opening: StreamOpening, report: Report) -> None:
        """The socket is up and claimed; what happens is told to `report`."""
        ...

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take one JSON message of the carrier; never blocks. A message outside its protocol changes nothing."""
        ...

    def decided(self, entry: LogEntry) -> None:
        """Learn what the owner made of an event, once all that followed from it was performed."""
        ...

    def thinking(self, gen: int, state: CallState) -> None:
        """Learn that the model begins answer `gen`: the next `cutter` is for it."""
        ...

    def move(self) -> None:
        """Have the carrier ask us anew where the call goes on, at the next moment at which that is not heard."""
        ...

    def lost(self) -> None:
        """The socket is gone: report what was heard of what is still playing."""
        ...

    def close(self) -> None:
        """The call is over, or moved: free what is held."""
        ...
