"""What a line of Media Streams is made of; `make.py` puts it together, tests do it otherwise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.turn_taking.taker import TurnTaker
from voicebot.providers.ports import DetectorStream
from voicebot.providers.ports.speaker import Speaker
from voicebot.providers.ports.transcriber import Listening, Transcriber
from voicebot.services.calls.media.ear import Ear, EarPorts
from voicebot.services.calls.media.hearing import MakeEngine
from voicebot.services.calls.media.voicing import Spawn, in_thread


class CarrierSide(Protocol):
    """What the line has the carrier do with the call. Each returns at once, and none is done twice."""

    def hang_up(self) -> None:
        """End the call."""
        ...

    def go_on(self, *, by_gather: bool, kept: Callable[[], bool]) -> None:
        """Have the carrier ask us where the call goes on, once what was decided is `kept`: for a transfer, or because we
        cannot carry it any longer. `by_gather`: no stream can.
        """
        ...

    def record(self) -> None:
        """Start the recording."""
        ...


@dataclass(frozen=True)
class LineParts:
    """What a line is made of."""

    speaker: Speaker
    transcriber: Transcriber
    detector: DetectorStream
    taker: TurnTaker
    carrier: CarrierSide
    clip: Callable[[Phrase, str, str], bytes | None]
    """The mu-law of a fixed phrase in a voice and a language; None: it is not made yet."""
    spawn: Spawn = in_thread
    engine: MakeEngine | None = None
    """Hears, thinks and speaks by itself, as long as it can."""

    def ear(self, ports: EarPorts, listening: Listening) -> Ear:
        """Return an ear of ours."""
        return Ear(ports, self.taker, self.detector, self.transcriber, listening)
