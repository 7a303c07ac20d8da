"""The actions of the call core, in groups: each group is carried out in one place. Actions are imperative."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from voicebot.domain.call.phrases import Phrase
from voicebot.domain.person.effects import Effect


class ListenMode(StrEnum):
    """The ways in which the caller may answer."""

    SPEECH_AND_KEYS = "speech_and_keys"
    KEYS = "keys"
    CODE = "code"
    """Words, or the six keys of a code."""


class Speaker(StrEnum):
    """The speaker of an utterance, as `transcripts.speaker` stores it."""

    CALLER = "caller"
    BOT = "bot"
    OPERATOR = "operator"


@dataclass(frozen=True)
class StartModel:
    """Ask the model for answer `gen` to the history in the state. A speculative one may be dropped."""

    gen: int
    speculative: bool


@dataclass(frozen=True)
class CancelModel:
    """Stop generating `gen`; nothing of it matters any more."""

    gen: int


@dataclass(frozen=True)
class Speak:
    """Say a sentence with the call's voice."""

    gen: int
    seq: int
    text: str
    interruptible: bool = True


@dataclass(frozen=True)
class PlayClip:
    """Say a fixed phrase; `seq` is its utterance number."""

    name: Phrase
    seq: int
    interruptible: bool = True


@dataclass(frozen=True)
class StopSpeaking:
    """Stop speaking at once and drop what is queued. With `after_sentence` the sentence that plays is finished first; a
    line that cannot tell sentences apart plays all that it was given.
    """

    gen: int
    after_sentence: bool = False


@dataclass(frozen=True)
class Listen:
    """The caller's turn. `hints` are words the transcriber should expect; `timeout_s` until SilencePassed.

    A silence of `pause_s` after words ends them.
    """

    mode: ListenMode = ListenMode.SPEECH_AND_KEYS
    hints: tuple[str, ...] = ()
    timeout_s: int = 6
    pause_s: int = 2


@dataclass(frozen=True)
class ReadAnswer:
    """Have the model look for a name and a place in words that the rules could not read, and report AnswerRead."""

    gen: int
    words: str


@dataclass(frozen=True)
class RunTool:
    """Run an allow-listed tool and report ToolFinished."""

    gen: int
    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SetTimer:
    """Report TimerFired(name) in `after_s` seconds; a timer of the same name is replaced."""

    name: str
    after_s: float


@dataclass(frozen=True)
class ClearTimer:
    """Forget a timer."""

    name: str


@dataclass(frozen=True)
class Transfer:
    """Connect the caller with one of `to` (numbers from configuration only) after `after_gen` has been said. They ring
    one after the other or, with `at_once`, together; each rings for `ring_s` seconds.
    """

    after_gen: int
    to: tuple[str, ...]
    at_once: bool = False
    ring_s: int = 20


@dataclass(frozen=True)
class HangUp:
    """End the call, once `after_gen` has been said."""

    after_gen: int


@dataclass(frozen=True)
class SwitchVoice:
    """Speak with this voice from now on."""

    voice_id: str


@dataclass(frozen=True)
class SwitchLanguage:
    """Hear and speak this language (BCP 47) from now on, with this voice; None: with whatever is usual."""

    language: str
    voice_id: str | None = None


@dataclass(frozen=True)
class Bridge:
    """Let the caller and the browser of the operator `by` hear each other; blank: nobody's any longer."""

    by: str


@dataclass(frozen=True)
class Record:
    """Start recording the call; the announcement has been spoken before."""


@dataclass(frozen=True)
class SaveUtterance:
    """Keep an utterance in `transcripts`; the same `number` again overwrites.

    `heard` is the part of a bot utterance that was played (None: not known yet), `heard_source` how we know.
    """

    number: int
    speaker: Speaker
    text: str
    confidence: float | None = None
    heard: str | None = None
    heard_source: str | None = None


@dataclass(frozen=True)
class SetOutcome:
    """Note what came of the call: `call_history.outcome` and, when the call is ending, `end_reason`."""

    outcome: str | None = None
    end_reason: str | None = None


@dataclass(frozen=True)
class TakeMessage:
    """Keep what the caller left as a message; `number` is its utterance."""

    number: int
    text: str


@dataclass(frozen=True)
class TextCaller:
    """Send the caller a text of the template's: once in a call, however often they ask for a person."""

    text: str


@dataclass(frozen=True)
class Escalate:
    """Have a person look at this call; `reason` is `support_escalations.reason`."""

    reason: str


@dataclass(frozen=True)
class KeepEffects:
    """Keep what an answer of the caller changes: their profile, consent, the state of their onboarding."""

    effects: tuple[Effect, ...]


@dataclass(frozen=True)
class SendCode:
    """Send a code to the caller's number; `channel` is sms or call."""

    channel: str


@dataclass(frozen=True)
class NoteAnswerer:
    """Record who picked up a call of ours, as `call_attempts.heard_as` stores it; `message_left` says that the mailbox
    got its message.
    """

    who: str
    message_left: bool = False


@dataclass(frozen=True)
class NoteCommand:
    """Note that an operator's command was carried out, before utterance `number`; `refused`: why not."""

    id: int
    refused: str
    number: int


LineAction = (
    Speak
    | PlayClip
    | StopSpeaking
    | Listen
    | Transfer
    | HangUp
    | SwitchVoice
    | SwitchLanguage
    | Record
    | Bridge
)
"""Actions for the caller: the line carries them out, in this order."""

TurnEnd = Listen | Transfer | HangUp
"""The word changes hands: the last action of a turn of ours."""

BrainAction = StartModel | CancelModel | ReadAnswer | RunTool
"""Actions for an answer: the owner starts them and waits for their reports."""

TimerAction = SetTimer | ClearTimer
"""Kept by the owner."""

RecordAction = (
    SaveUtterance
    | SetOutcome
    | TakeMessage
    | TextCaller
    | Escalate
    | KeepEffects
    | SendCode
    | NoteAnswerer
    | NoteCommand
)
"""The results of a turn: rows that are committed together, and what follows their commit."""

Action = LineAction | BrainAction | TimerAction | RecordAction
