"""The parts of a line of Media Streams. `make.py` puts them together; tests put others together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.languages.tongues import USUAL_TAGS, tongue_of
from voicebot.providers.ports import DetectorStream
from voicebot.providers.ports.speaker import CallSpeaker, Speaker
from voicebot.providers.ports.transcriber import Listening, Transcriber
from voicebot.services.calls.media.ear import Ear
from voicebot.services.calls.media.ear_ports import EarPorts
from voicebot.services.calls.media.hearing import CallEngine, HearsCaller, MakeEngine
from voicebot.services.calls.media.tape import Tape
from voicebot.services.calls.media.voicing import Spawn, in_thread

FILLER_MS = 1200.0
"""Who has asked hears something by then."""
NEXT_FILLER_MS = 2600.0
"""And again, while the answer does not come."""


class CarrierSide(Protocol):
    """What the line has the carrier do with the call. Each returns at once, and none is done twice."""

    def hang_up(self) -> None:
        """End the call."""
        ...

    def go_on(self, *, by_gather: bool, kept: Callable[[], bool]) -> None:
        """Ask the carrier to fetch a new document for the call after the log has `kept` the decision: for a transfer,
        or because we cannot carry the call any longer.

        `by_gather` says that no stream can carry it.
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
    rules: TurnRules
    carrier: CarrierSide
    clip: Callable[[Phrase, str, str], bytes | None]
    """The mu-law of a fixed phrase in a voice and a language; None: it is not made yet."""
    opening: Callable[[str, str], bytes | None] = lambda text, voice_id: None  # noqa: ARG005
    """The same of a greeting's words, which are those of every call of a template."""
    spawn: Spawn = in_thread
    engine: MakeEngine | None = None
    """Hears, thinks and speaks by itself, as long as it can."""
    tape: Tape | None = None
    """Keeps both sides' sound."""

    def hearing(
        self, ports: EarPorts, listening: Callable[[], Listening]
    ) -> tuple[HearsCaller, CallEngine | None]:
        """Return who hears the caller, and the engine, if that is one."""

        def own() -> Ear:
            return Ear(ports, self.rules, self.detector, self.transcriber, listening())

        engine = self.engine(ports, own) if self.engine else None
        return engine or own(), engine

    def voice(self, engine: CallEngine | None, voice_id: str, language: str) -> CallSpeaker:
        """Return a voice; what an engine says itself has its own sound."""
        voice = self.speaker.open(voice_id, language)
        return engine.voice(voice) if engine else voice


def listening_in(language: str, setup: CallSetup) -> Listening:
    """Return the words that a transcriber should expect in a call whose language is this one (BCP 47)."""
    offered = tuple(USUAL_TAGS.values()) if setup.languages == () else setup.languages or ()
    tongues = dict.fromkeys(map(tongue_of, (language, *offered)))
    return Listening(tongue_of(language), tuple(tongues), setup.hints)
