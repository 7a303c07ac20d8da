"""One connection of an ear, from the wish for it on; and one finish that needs an answer."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from voicebot.providers.hearing.dialect import Dialect, Message
from voicebot.providers.hearing.doors import Door, Wire
from voicebot.providers.hearing.kept_sound import KeptSound


@dataclass(eq=False)
class Asked:
    """A finish that is not answered."""

    mark: int
    """Where in the call's sound it was said."""
    since: float
    blank: bool
    """No sound came since the finish before."""
    timers: list[threading.Timer] = field(default_factory=list)

    def rest(self) -> None:
        """Wait no longer."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


@dataclass(eq=False)
class Line:
    """A connection. `origin` and `sent` are places in the call's sound: where the connection's begins, how far it was sent."""

    door: Door
    since: float
    wire: Wire | None = None
    dialect: Dialect | None = None
    open: bool = False
    """Sound goes out."""
    origin: int = 0
    sent: int = 0
    last_sent: float = 0.0

    def send(self, messages: Sequence[Message], now: float) -> None:
        """Send messages of ours."""
        if messages and self.wire is not None:
            for message in messages:
                self.wire.send(message)
            self.last_sent = now

    def send_sound(self, kept: KeptSound, until: int, piece_bytes: int, now: float) -> None:
        """Send the unsent sound before `until`, in pieces of limited size."""
        if self.dialect is None:
            return
        self.sent = max(self.sent, kept.start)
        while self.sent < until:
            piece = kept.piece(self.sent, min(self.sent + piece_bytes, until))
            self.send((self.dialect.sound(piece),), now)
            self.sent += len(piece)

    def hang_up(self) -> None:
        """Say goodbye and close, without waiting."""
        if self.wire is not None and self.dialect is not None:
            for message in self.dialect.goodbye():
                self.wire.send(message)
            self.wire.close()
