"""The input and output of turn taking: 20 ms of a caller's sound, and what follows for the talk.

All times are milliseconds of the call's audio from its first frame: `at_ms` is the time of the decision.
"""

from dataclasses import dataclass, field
from enum import StrEnum

FRAME_MS = 20
"""How long a frame is, as the carrier sends it (handbook 4.2)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of the caller's sound."""

    at_ms: int
    """When it ends."""
    loudness_db: float
    """Its mean power in dB of full scale: 0 is the loudest, -90 silence."""
    speech: float | None = None
    """The probability that the 32 ms chunk which ended in it was speech; None: too quiet to ask, or no chunk ended."""


class EndHint(StrEnum):
    """What a transcriber that ends turns by itself says about them (Flux, providers' handbook 4.2)."""

    EAGER = "eager"
    """EagerEndOfTurn: perhaps the end."""
    RESUMED = "resumed"
    """TurnResumed: it was not."""
    ENDED = "ended"
    """EndOfTurn."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller may be speaking: transcribe from `since_ms` on."""

    at_ms: int
    since_ms: int = 0


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller takes the word: stop our audio and the answer."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class MaybeDone:
    """A tentative end: have the words finalised, begin an answer. Resumed, TurnDone or Backchannel follows."""

    at_ms: int
    last_speech_ms: int = 0
    """When the caller was last heard."""
    complete: bool = False
    """The words so far are clearly all: an answer to them may begin before they are final."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The caller went on after a tentative end."""

    at_ms: int
    since_ms: int = field(default=0, compare=False)
    """Where what is said now began."""


@dataclass(frozen=True, slots=True)
class TurnDone:
    """The caller's turn is over."""

    at_ms: int
    last_speech_ms: int = 0
    """When the caller was last heard."""


@dataclass(frozen=True, slots=True)
class Backchannel:
    """The sound that began with SpeechStarted was no turn: an "mhm", a cough, our echo, music. Nothing follows from it."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class HoldMusic:
    """Sound goes on and on that is no talk: music, a radio. It is ignored until it pauses or words are heard."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Noise:
    """The caller is in a constant noise. It is ignored."""

    at_ms: int


Signal = SpeechStarted | BargeIn | MaybeDone | Resumed | TurnDone | Backchannel | HoldMusic | Noise
