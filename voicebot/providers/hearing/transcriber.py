"""A transcriber: doors in their order, and an ear for each call."""

from collections.abc import Callable, Sequence

from voicebot.providers.hearing.doors import Door, Doors
from voicebot.providers.hearing.ear import Ear
from voicebot.providers.hearing.limits import HearingLimits
from voicebot.providers.ports import Listening, TranscriberEvent


class DoorTranscriber:
    """`Transcriber` over one door or more: the later ones are asked when the first ones fail."""

    def __init__(self, name: str, doors: Sequence[Door], limits: HearingLimits | None = None) -> None:
        self.name, self.ends_turns = name, doors[0].ends_turns
        self._doors, self._limits = Doors(doors), limits or HearingLimits()

    def open(self, listening: Listening, report: Callable[[TranscriberEvent], None]) -> Ear:
        """Begin to listen; return at once."""
        return Ear(self._doors, listening, report, self._limits)
