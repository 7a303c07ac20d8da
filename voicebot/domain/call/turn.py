"""One turn of the bot: what it says item by item, how it ends, and what it leaves behind."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from voicebot.domain.call.actions import (
    Escalate,
    KeepEffects,
    NoteAnswerer,
    NoteCommand,
    RecordAction,
    SaveUtterance,
    SendCode,
    SetOutcome,
    Speaker,
    TakeMessage,
    TextCaller,
    TurnEnd,
)
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import CallState
from voicebot.domain.person.effects import Effect

# --- what is said ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpokenItem:
    """A sentence or a fixed phrase, with the voice that says it. `gen` and `seq` as `Heard` names them."""

    gen: int
    seq: int
    text: str
    voice_id: str
    language: str
    interruptible: bool = True
    phrase: Phrase | None = None
    """The fixed phrase that it is."""
    said_as: str = ""
    """The words in the voice's spelling, if it differs."""

    @property
    def spoken(self) -> str:
        """The words in the voice's spelling."""
        return self.said_as or self.text


@dataclass(frozen=True)
class RecordingStart:
    """The recording begins here; nothing is heard of it."""


SpeechItem = SpokenItem | RecordingStart


@dataclass(frozen=True)
class ServedItem:
    """An item that was sent to be played. `clip` names its clip; None when the carrier's own voice said it."""

    gen: int
    seq: int
    text: str
    clip: str | None = None


@dataclass(frozen=True)
class Closing:
    """How a turn ends. `time_limit_s` limits the talk of a transfer, in seconds. `speculates` asks the carrier for what
    it has understood while the caller still speaks.
    """

    end: TurnEnd
    language: str = ""
    time_limit_s: int = 1800
    speculates: bool = False


# --- what it leaves -------------------------------------------------------------------------------


@dataclass(frozen=True)
class CallSnapshot:
    """All that another process needs to go on with a call: the core's state, and when its timers run out."""

    core: CallState
    timers: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class TurnSpeed:
    """How fast a turn was, where the caller hears it: its times in milliseconds, measured at our socket.

    `gap_ms` is the sum of the stages below it; where an answer was begun before the caller was done, what ran beside the wait
    for their end is no part of it.
    """

    gap_ms: int
    """From the last frame of the caller's speech to the first frame of the answer."""
    filler_ms: int | None = None
    """From there to the first frame of a filler that came before the answer."""
    wait_ms: int = 0
    """Until it was clear that the caller was done."""
    words_ms: int = 0
    """The transcriber, until the last words."""
    token_ms: int = 0
    """The model, until its first token."""
    sentence_ms: int = 0
    """The model, from there to its first sentence."""
    voice_ms: int = 0
    """The voice, until its first sound."""
    ours_ms: int = 0
    """Our own work: the rest of the time."""
    speculative: bool = False
    """The answer was begun before the caller was known to be done."""
    caller_began_at: datetime | None = None
    """When the caller's speech began that the turn answers; when it was last heard; when the answer's first frame left."""
    caller_ended_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class SpeechSpan:
    """A stretch of time in which one side was heard. `words` holds pairs of seconds from its start and a word, where
    the voice reports them.
    """

    side: Speaker
    began_at: datetime
    ended_at: datetime
    words: tuple[tuple[float, str], ...] = ()


@dataclass
class TurnResults:
    """The results of the turn so far, besides the state. Each utterance is in it once, as it was last saved."""

    utterances: dict[int, SaveUtterance] = field(default_factory=dict)
    latency_ms: dict[int, int] = field(default_factory=dict)
    """The time of each of the bot's utterances, from the event that opened the turn to the decision to say it."""
    outcome: str | None = None
    end_reason: str | None = None
    messages: list[TakeMessage] = field(default_factory=list)
    texts: list[TextCaller] = field(default_factory=list)
    escalations: list[str] = field(default_factory=list)
    """Why a person has to look at the call."""
    effects: list[Effect] = field(default_factory=list)
    answerer: NoteAnswerer | None = None
    """The one who picked up a call of ours, as last judged."""
    codes: list[str] = field(default_factory=list)
    """Channels on which a code is to be sent, once the turn is committed."""
    commands: list[NoteCommand] = field(default_factory=list)
    """The operators' commands, with their results."""
    speed: TurnSpeed | None = None
    """How fast its answer came, where the line can tell."""
    speech: list[SpeechSpan] = field(default_factory=list)
    """The spans of speech; a span that stands in it twice has grown."""

    def as_of_now(self) -> "TurnResults":
        """Return a copy that grows no more: another thread may read it."""
        kept = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict | list):
                setattr(kept, name, value.copy())
        return kept

    def note(self, action: RecordAction, after_ms: int) -> None:
        """Add what one action leaves; `after_ms` have passed since the event that opened the turn."""
        match action:
            case SaveUtterance(number, speaker, heard=heard):
                self.utterances[number] = action
                if speaker is Speaker.BOT and heard is None:
                    self.latency_ms[number] = after_ms
            case SetOutcome(outcome, end_reason):
                self.outcome, self.end_reason = outcome or self.outcome, end_reason or self.end_reason
            case TakeMessage():
                self.messages.append(action)
            case TextCaller():
                self.texts.append(action)
            case Escalate(reason):
                self.escalations.append(reason)
            case KeepEffects(effects):
                self.effects += effects
            case SendCode(channel):
                self.codes.append(channel)
            case NoteAnswerer():
                self.answerer = action
            case NoteCommand():
                self.commands.append(action)
            case _:
                assert_never(action)
