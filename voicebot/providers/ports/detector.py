"""Who speaks: a caller's sound in, a judgement of every 20 ms out."""

from collections.abc import Callable
from typing import Protocol

from voicebot.domain.call.turn_taking.signals import Frame


class DetectorStream(Protocol):
    """One caller's sound."""

    def feed(self, mulaw: bytes, report: Callable[[Frame], None]) -> None:
        """Take in 20 ms of mu-law at 8 kHz; never blocks. The frame is reported soon, in its order, from any thread."""
        ...

    def close(self) -> None:
        """Nothing is reported any more; more than once."""
        ...


class Detector(Protocol):
    """Listens to all callers of a process."""

    def prepare(self) -> None:
        """Load what the first caller would wait for; in the process that listens."""
        ...

    def open(self) -> DetectorStream:
        """Begin to listen to a caller."""
        ...
