"""What a turn says, item by item, and how it ends: what a line that lives in rows serves, estimates and makes again."""

from dataclasses import dataclass

from voicebot.domain.call.actions import TurnEnd


@dataclass(frozen=True)
class SpokenItem:
    """A sentence or a fixed phrase, with the voice that says it. `gen` and `seq` as `Heard` names them."""

    gen: int
    seq: int
    text: str
    voice_id: str
    language: str
    interruptible: bool = True
    phrase: str | None = None
    """The name of the fixed phrase that it is."""


@dataclass(frozen=True)
class RecordingStart:
    """The recording begins here; nothing is heard of it."""


SpeechItem = SpokenItem | RecordingStart


@dataclass(frozen=True)
class ServedItem:
    """What was sent to be played: `clip` is the name of its clip, None where the carrier's own voice said it."""

    gen: int
    seq: int
    text: str
    clip: str | None = None


@dataclass(frozen=True)
class Closing:
    """How a turn ends; `time_limit_s` is how long the talk of a transfer may last."""

    end: TurnEnd
    language: str = ""
    time_limit_s: int = 1800
