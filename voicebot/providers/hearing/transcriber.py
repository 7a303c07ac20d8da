"""A transcriber: doors in their order, and an ear for each call."""

import queue
from collections.abc import Callable, Sequence
from dataclasses import replace

from voicebot.providers.hearing.dialect import BYTES_PER_S, SILENCE
from voicebot.providers.hearing.doors import Door, Doors
from voicebot.providers.hearing.ear import Ear
from voicebot.providers.hearing.limits import HearingLimits
from voicebot.providers.ports import FinalWords, Listening, TranscriberEvent, TranscriptionFailed

CHECK_S = 4.0


class DoorTranscriber:
    """`Transcriber` over its own doors; the later ones, and then the spare ones, are asked when the first ones fail."""

    def __init__(
        self,
        name: str,
        doors: Sequence[Door],
        limits: HearingLimits | None = None,
        *,
        spares: Sequence[Door] = (),
    ) -> None:
        self.name, self.ends_turns = name, doors[0].ends_turns
        self._own = doors
        self._doors, self._limits = Doors([*doors, *spares]), limits or HearingLimits()

    def open(self, listening: Listening, report: Callable[[TranscriberEvent], None]) -> Ear:
        """Begin to listen; return at once."""
        return Ear(self._doors, listening, report, self._limits)

    def check(self) -> None:
        """Have silence transcribed by its own doors alone, each within CHECK_S. Raises ProviderError."""
        events: queue.SimpleQueue[TranscriberEvent] = queue.SimpleQueue()
        limits = replace(self._limits, answer_s=CHECK_S, pauses_s=(CHECK_S,))
        ear = Ear(Doors(self._own), Listening(), events.put, limits)
        try:
            ear.feed(bytes([SILENCE]) * (2 * BYTES_PER_S))
            ear.finish()
            while not isinstance(event := events.get(), FinalWords):
                if isinstance(event, TranscriptionFailed):
                    raise event.error
        finally:
            ear.close()
