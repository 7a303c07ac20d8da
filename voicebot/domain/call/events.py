"""What can happen to a call. Events are facts, named in the past tense; `step` decides what follows.

Providers, timers and sockets only report; none of them decides. `gen` is the generation of
the model's answer that an event belongs to: an event of a stale generation changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

from voicebot.domain.verification.codes import CodeOutcome


class HeardSource(StrEnum):
    """How we know what the caller heard."""

    MARK = "mark"
    """Media Streams echoed our mark: exact."""
    RELAY = "relay"
    """ConversationRelay reported it at an interruption: Twilio's estimate."""
    ESTIMATE = "estimate"
    """Gather says nothing: computed from the clock."""


class TransferOutcome(StrEnum):
    """How a transfer ended, in the words of Twilio's DialCallStatus (handbook 1.7)."""

    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class CallStarted:
    """The call is up and the first words are ours to say."""


@dataclass(frozen=True)
class CallerStarted:
    """The caller began to make sound (never on Gather)."""


@dataclass(frozen=True)
class CallerMaybeDone:
    """A tentative end of speech: an answer may be started, not spoken."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True)
class CallerSaid:
    """The caller's turn is over. `confidence` 0..1, None when the transcriber gave none (not a low one)."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True)
class LanguageHeard:
    """The transcriber tells which language (BCP 47) the words are in that CallerSaid brings next."""

    language: str


@dataclass(frozen=True)
class CallerResumed:
    """The caller went on after a tentative end of speech."""


KEYS = frozenset("0123456789*#")


@dataclass(frozen=True)
class KeyPressed:
    """One of the keys of a telephone."""

    key: str


@dataclass(frozen=True)
class CodeChecked:
    """The caller gave a code. It was checked before anything was kept: `text` has `[code]` in its place."""

    outcome: CodeOutcome
    text: str = "[code]"


@dataclass(frozen=True)
class SilencePassed:
    """The caller owed us words and gave none."""


@dataclass(frozen=True)
class SentenceReady:
    """The model finished a sentence of its answer; `seq` counts from 0 within the generation."""

    gen: int
    seq: int
    text: str


@dataclass(frozen=True)
class ToolAsked:
    """The model asks for a tool."""

    gen: int
    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    readable: bool = True
    """Whether `arguments` is what the model sent; False when that was no JSON object."""


@dataclass(frozen=True)
class ModelFinished:
    """The model's answer is complete: no more sentences or tools of this generation come."""

    gen: int


@dataclass(frozen=True)
class ModelFailed:
    """The model gave up in spite of retry and fallback. `kind`: timeout, rate_limit, refused, broken, empty."""

    gen: int
    kind: str


@dataclass(frozen=True)
class AnswerRead:
    """What the model read in the caller's last words: their name and their place, blank where it found none, or failed."""

    gen: int
    name: str = ""
    place: str = ""


@dataclass(frozen=True)
class ToolFinished:
    """A tool has run.

    `result` is what the model is told. `voice_id` is set when the tool changes the voice. `expects_code` says that a
    code is on its way to the caller, who will say it or key it in.
    """

    gen: int
    id: str
    ok: bool
    result: str
    voice_id: str | None = None
    expects_code: bool = False


@dataclass(frozen=True)
class Heard:
    """The caller heard the first `chars` characters of a sentence (or of a clip: gen -1, seq its number)."""

    gen: int
    seq: int
    chars: int
    source: HeardSource


@dataclass(frozen=True)
class TimerFired:
    """A timer set by `SetTimer` ran out."""

    name: str


@dataclass(frozen=True)
class MachineJudged:
    """The carrier thinks that a mailbox picked up our call. `listens` says that its beep was heard or that it is quiet now."""

    listens: bool = False


@dataclass(frozen=True)
class MoneySpent:
    """The call has cost as much as one may."""


@dataclass(frozen=True)
class TransferEnded:
    """The other leg of a transfer is over, or never was."""

    outcome: TransferOutcome


@dataclass(frozen=True)
class OperatorActed:
    """An operator stepped in. `action`: a `StepKind`; `by`: an opaque name of the operator; `command`: its row, 0 for none."""

    action: str
    text: str = ""
    command: int = 0
    by: str = ""
    phone: str = ""
    """For a take-over: the operator's telephone (E.164); blank means the browser's sound."""
    now: bool = False
    """For an end: without a goodbye."""


@dataclass(frozen=True)
class TurnReopened:
    """The carrier was made to ask us anew (Gather): the caller has the word, unless a command decided otherwise."""


@dataclass(frozen=True)
class OperatorJoined:
    """The browser of the operator who has the call is there: caller and operator hear each other."""


@dataclass(frozen=True)
class OperatorLeft:
    """It is gone."""


@dataclass(frozen=True)
class OperatorSaid:
    """The operator who has the call said something to the caller."""

    text: str


@dataclass(frozen=True)
class TransportLost:
    """The socket broke while the call is still up."""


@dataclass(frozen=True)
class TransportResumed:
    """A new socket took over."""


@dataclass(frozen=True)
class CallEnded:
    """The call is over at the carrier; `reason` is an `EndReason` value."""

    reason: str


CallerEvent = (
    CallerStarted
    | CallerMaybeDone
    | CallerSaid
    | LanguageHeard
    | CallerResumed
    | KeyPressed
    | CodeChecked
    | SilencePassed
)
"""Events of the caller."""

ModelEvent = SentenceReady | ToolAsked | ModelFinished | ModelFailed
"""Parts of an answer."""

OperatorEvent = TurnReopened | OperatorJoined | OperatorLeft | OperatorSaid
"""Results of an operator's step."""

ConversationEvent = CallerEvent | ModelEvent | OperatorEvent | AnswerRead | ToolFinished | MachineJudged
"""Events that count only while caller and bot talk with each other."""

Event = (
    ConversationEvent
    | CallStarted
    | OperatorActed
    | Heard
    | TimerFired
    | MoneySpent
    | TransferEnded
    | TransportLost
    | TransportResumed
    | CallEnded
)

EVENT_TYPES: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}
_NAMES = {kind: name for name, kind in EVENT_TYPES.items()}


def event_to_json(event: Event) -> dict[str, Any]:
    """Return `{"event": name, …fields}`: the form in which a turn's log is kept and replayed."""
    return {"event": _NAMES[type(event)], **vars(event)}


def event_from_json(data: Mapping[str, Any]) -> Event:
    """Read what `event_to_json` wrote. Raises KeyError or TypeError on anything else."""
    fields = {key: value for key, value in data.items() if key != "event"}
    match data["event"]:
        case "Heard":
            fields["source"] = HeardSource(fields["source"])
        case "CodeChecked":
            fields["outcome"] = CodeOutcome(fields["outcome"])
        case "TransferEnded":
            fields["outcome"] = TransferOutcome(fields["outcome"])
    event: Event = EVENT_TYPES[data["event"]](**fields)
    return event
