"""The sound of one call on Media Streams, for people of the team: both legs to who listens, and theirs to the caller.

The way up is closed until an operator has taken the call over, and open for that operator alone: of anybody else nothing is read into
the call. Nobody who listens costs a call anything but a look at an empty list.

Frames are 20 ms of mu-law at 8 kHz. Our sound is sent ahead of the clock, so it waits here and goes out beside the caller's.
Whoever joins hears the bot from what it is sent next.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from voicebot.domain.call.events import Event, OperatorJoined, OperatorLeft
from voicebot.services.calls.media.tape import Tape
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.sockets.ending import SocketClosed
from voicebot.transports.twilio import media
from voicebot.transports.twilio.media import BadMessage, Sound, Writer

FRAME_BYTES = 160
SILENCE = b"\xff" * FRAME_BYTES
MOST_WAITING = 60 * 8000
MOST_AHEAD_FRAMES = 25
"""An operator's frames beyond half a second more than the caller has sent are dropped: they would only be late."""
LONGEST_PIECE = 10 * FRAME_BYTES

log = logging.getLogger(__name__)


class Hearer(Protocol):
    """Somebody who hears a call. `maker` is who it is, as commands name them."""

    maker: str
    talks: bool

    def hear(self, frame: bytes) -> None:
        """Take 20 ms: the caller's 160 bytes, then those of whoever talks with the caller. Never blocks."""
        ...

    def told(self, word: str) -> None:
        """Learn that the way up is open (`talking`), or not any more (`listening`)."""
        ...


class OperatorEar(Protocol):
    """Understands what an operator says to the caller."""

    def sound(self, audio: bytes) -> None:
        """Take a frame."""
        ...

    def close(self) -> None:
        """The operator has gone."""
        ...


class CallSound:
    """The sound of one call. It replaces the socket of the line and sees all frames. Safe between threads."""

    def __init__(
        self,
        socket: StreamSocket,
        stream_sid: str,
        report: Callable[[Event], None],
        open_ear: Callable[[], OperatorEar | None] = lambda: None,
        tape: Tape | None = None,
    ) -> None:
        self._socket, self._writer = socket, Writer(stream_sid)
        self._report, self._open_ear, self._tape = report, open_ear, tape
        self._lock = threading.Lock()
        self._hearers: tuple[Hearer, ...] = ()
        self._ours = bytearray()
        """What is sent to the caller and not played yet."""
        self._holder = ""
        """Whose sound goes to the caller."""
        self._ear: OperatorEar | None = None
        self._ahead = 0

    # --- as the line's socket ---

    @property
    def closed(self) -> bool:
        """Whether the socket is over."""
        return self._socket.closed

    def receive(self, timeout_s: float | None = None) -> str | bytes | None:
        """Return the next message. Raises SocketClosed."""
        return self._socket.receive(timeout_s)

    def listen(self, hear: Callable[[str | bytes], None]) -> SocketClosed:
        """Have each message told to `hear`, until the socket is over."""
        return self._socket.listen(hear)

    def send(self, message: str | bytes) -> None:
        """Send what the line says."""
        self._socket.send(message)
        if self._hearers:
            self._said(message)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it."""
        self._socket.close(code, reason)

    def _said(self, message: str | bytes) -> None:
        try:
            audio = media.sound_sent(message)
        except BadMessage:
            return
        with self._lock:
            if audio is None:
                self._ours.clear()
            elif len(self._ours) < MOST_WAITING:
                self._ours += audio

    def heard(self, message: Mapping[str, Any]) -> None:
        """Take a message of the carrier's: its frames are the clock by which everything goes out."""
        if not (self._hearers or self._holder) or message.get("event") != "media":
            return
        try:
            said = media.read(message)
        except BadMessage:
            return
        if isinstance(said, Sound):
            self._pass_on(said.audio)

    def _pass_on(self, audio: bytes) -> None:
        with self._lock:
            self._ahead = max(0, self._ahead - 1)
            ours = bytes(self._ours[:FRAME_BYTES])
            del self._ours[:FRAME_BYTES]
            hearers = self._hearers
        theirs = audio[:FRAME_BYTES].ljust(FRAME_BYTES, b"\xff")
        both = theirs + ours.ljust(FRAME_BYTES, b"\xff")
        for hearer in hearers:
            # Nobody hears their own voice.
            hearer.hear(theirs + SILENCE if self.is_open_for(hearer) else both)

    # --- who has the call ---

    def bridge(self, holder: str) -> None:
        """Let this operator's sound go to the caller; blank: nobody's."""
        with self._lock:
            self._holder, self._ahead = holder, 0
            ear, self._ear = self._ear, None
            hearers = self._hearers
        if ear is not None:
            ear.close()
        if holder:
            self._ear = self._open_ear()
        for hearer in hearers:
            hearer.told("talking" if self.is_open_for(hearer) else "listening")
        if holder and any(self.is_open_for(hearer) for hearer in hearers):
            self._report(OperatorJoined())

    def is_open_for(self, hearer: Hearer) -> bool:
        """Whether what somebody says goes to the caller."""
        return hearer.talks and bool(self._holder) and hearer.maker == self._holder

    def attach(self, hearer: Hearer) -> None:
        """Somebody hears the call from now on."""
        with self._lock:
            self._hearers = (*self._hearers, hearer)
        is_open = self.is_open_for(hearer)
        hearer.told("talking" if is_open else "listening")
        if is_open:
            self._report(OperatorJoined())

    def detach(self, hearer: Hearer) -> None:
        """Somebody does not any more."""
        with self._lock:
            self._hearers = tuple(each for each in self._hearers if each is not hearer)
            if not self._hearers:
                self._ours.clear()
            is_gone = self.is_open_for(hearer) and not any(map(self.is_open_for, self._hearers))
        if is_gone:
            self._report(OperatorLeft())

    def speak(self, hearer: Hearer, audio: bytes) -> None:
        """Send an operator's sound to the caller; sound of anybody who has not taken the call over is dropped."""
        if not self.is_open_for(hearer) or not audio or len(audio) > LONGEST_PIECE:
            return
        with self._lock:
            if self._ahead > MOST_AHEAD_FRAMES:
                return
            self._ahead += 1
            if len(self._hearers) > 1 and len(self._ours) < MOST_WAITING:
                self._ours += audio
        self._socket.send(self._writer.media(audio))
        if self._tape is not None:
            self._tape.operator(audio)
        if (ear := self._ear) is not None:
            ear.sound(audio)

    def close_all(self) -> None:
        """The call is over here, or moved."""
        with self._lock:
            hearers, self._hearers, self._holder = self._hearers, (), ""
            ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()
        for hearer in hearers:
            hearer.told("over")
