"""An ear at the stand-in transcribers, over real sockets: what a caller says, and what came of it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simulator.carrier.far_end.said import SaidBook
from simulator.tests.providers.stand_ins import StandIns
from tests.support.waiting import wait_for
from voicebot.providers.deepgram.flux import flux_door
from voicebot.providers.deepgram.nova import nova_door
from voicebot.providers.elevenlabs.scribe import scribe_door
from voicebot.providers.hearing.doors import Door, Doors
from voicebot.providers.hearing.ear import Ear
from voicebot.providers.hearing.limits import HearingLimits
from voicebot.providers.openai.transcription import openai_door
from voicebot.providers.own.request import own_request_door
from voicebot.providers.own.socket import own_socket_door
from voicebot.providers.ports import FinalWords, Listening, PartialWords, TranscriptionFailed

FRAME = 160
SILENCE = b"\xff" * FRAME


def doors_at(stand_ins: StandIns) -> dict[str, Door]:
    """Every way in, by name."""
    url = stand_ins.url
    flux = flux_door("key", f"{url}/deepgram")
    doors = [
        scribe_door("key", f"{url}/elevenlabs"),
        flux,
        nova_door("key", f"{url}/deepgram"),
        openai_door("key", f"{url}/openai/v1"),
        own_socket_door(f"{url}/own/v1"),
        own_request_door(f"{url}/own/v1"),
    ]
    return {door.name: door for door in doors}


def sound_of(text: str) -> bytes:
    """Speech as loud as any, different for every text; 60 ms a letter."""
    noise = random.Random(text)
    return b"".join(noise.randbytes(FRAME) for _ in range(3 * len(text)))


@dataclass
class Caller:
    """Speaks into an ear, and remembers what was understood."""

    said: SaidBook
    ear: Any = None
    events: list[Any] = field(default_factory=list)

    def says(self, text: str, share: float = 1.0, *, after: float = 0.0) -> None:
        """Say a text, or the part of it from `after` to `share`."""
        sound = sound_of(text)
        if not after:
            self.said.says("CA1", text, sound)
        frames = [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]
        for frame in frames[int(after * len(frames)) : int(share * len(frames))]:
            self.ear.feed(frame)

    def is_silent(self, milliseconds: int) -> None:
        for _ in range(milliseconds // 20):
            self.ear.feed(SILENCE)

    def asks(self) -> Any:
        """Finish, and return the answer."""
        answered = len(self.answers)
        self.ear.finish()
        wait_for(lambda: len(self.answers) > answered)
        return self.answers[answered]

    @property
    def answers(self) -> list[FinalWords | TranscriptionFailed]:
        return [event for event in self.events if isinstance(event, FinalWords | TranscriptionFailed)]

    @property
    def partials(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, PartialWords)]


@contextmanager
def calling(
    stand_ins: StandIns, *doors: Door, limits: HearingLimits | None = None, listening: Listening | None = None
) -> Iterator[Caller]:
    """A call whose ear has these doors."""
    caller = Caller(stand_ins.app.extensions.setdefault("said_book", SaidBook()))
    caller.ear = Ear(
        Doors(doors), listening or Listening(), caller.events.append, limits or HearingLimits(answer_s=5.0)
    )
    try:
        yield caller
    finally:
        caller.ear.close()
