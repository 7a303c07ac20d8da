"""All that the core knows of a running call, as one frozen, versioned value that converts to JSON.

Transitions happen only in `flow.step`. Any process, machine or transport that holds a state can go on with the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from voicebot.domain.call.events import ModelEvent, SentenceReady, event_from_json, event_to_json
from voicebot.domain.call.pickup.rules import Pickup
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.stepping.stepped import Stepped
from voicebot.domain.call.utterances import Utterance
from voicebot.domain.onboarding.state import OnboardingState

VERSION = 1
MAX_HISTORY = 200
MAX_HISTORY_CHARS = 60_000


class Phase(StrEnum):
    """The side whose turn it is."""

    NEW = "new"
    """Nothing has been said; the transport still has to report that the call is up."""
    LISTENING = "listening"
    """The caller's turn, as soon as what we said has been played."""
    THINKING = "thinking"
    """The model or a tool works and nothing of its answer has been said."""
    SPEAKING = "speaking"
    """Something of the answer has been said and more may come."""
    TRANSFERRING = "transferring"
    """The caller is being connected, or talks, with a person."""
    ENDING = "ending"
    """Hanging up as soon as the last words have been played."""
    ENDED = "ended"
    """The call is over; nothing changes any more."""


class EndReason(StrEnum):
    """Why a call ended: the closed list of `call_history.end_reason`."""

    CALLER_HUNG_UP = "caller_hung_up"
    """The caller put the phone down."""
    CALLER_ENDED = "caller_ended"
    """The caller asked for the end with the # key."""
    BOT_ENDED = "bot_ended"
    """The model ended the conversation with its end_call tool."""
    SILENCE = "silence"
    """The caller said nothing after two nudges."""
    MAX_DURATION = "max_duration"
    """The call reached the longest time its setup allows."""
    MAX_COST = "max_cost"
    """The call cost as much as one may."""
    TRANSFERRED = "transferred"
    """The caller was connected with a person, and that talk is over."""
    MODEL_FAILED = "model_failed"
    """The model failed again and again and nobody could take over."""
    TRANSPORT_LOST = "transport_lost"
    """The audio or text socket broke and did not come back."""
    SERVICE_FAILED = "service_failed"
    """Something of ours failed and the call got the static apology."""
    OPERATOR_ENDED = "operator_ended"
    """An operator ended it."""
    BUSY = "busy"
    """Outbound: the line was busy."""
    NO_ANSWER = "no_answer"
    """Outbound: nobody picked up."""
    FAILED = "failed"
    """The carrier could not carry the call."""
    CANCELED = "canceled"
    """Outbound: withdrawn before anybody picked up."""
    SUPERSEDED = "superseded"
    """Another call of the same job took its place."""
    MACHINE = "machine"
    """Outbound: a mailbox, a screener or a fax answered."""
    BLOCKED = "blocked"
    """The caller is blocked: the call was refused before anybody answered it."""
    CAPPED = "capped"
    """It was one call too many, or the day's money was spent: likewise."""


class CallOutcome(StrEnum):
    """The outcome of a call, as far as the call itself can judge it (`call_history.outcome`)."""

    MESSAGE_TAKEN = "message_taken"
    TRANSFERRED = "transferred"
    TRANSFER_BUSY = "transfer_busy"
    TRANSFER_NO_ANSWER = "transfer_no_answer"
    TRANSFER_FAILED = "transfer_failed"
    TRANSFER_CANCELED = "transfer_canceled"


class Assurance(StrEnum):
    """How sure we are who is calling. A caller id alone gives none."""

    NONE = "none"
    POSSESSION = "possession"
    VERIFIED = "verified"


class Consent(StrEnum):
    """The announcement of the recording, as far as the caller heard it."""

    NONE = "none"
    ANNOUNCED = "announced"


class Owed(StrEnum):
    """The thing that a sound of the caller stopped, to be resumed if no words follow."""

    NOTHING = "nothing"
    ANSWER = "answer"
    """An answer in the making."""
    WORDS = "words"
    """A finished answer that was being played."""


class AfterSpeech(StrEnum):
    """The end of an answer: what follows once it was said."""

    LISTEN = "listen"
    HANG_UP = "hang_up"
    TRANSFER = "transfer"


Kept = TypeVar("Kept", "Answer", "CallState", CallSetup)


def changed(value: Kept, **changes: Any) -> Kept:
    """Return a copy with some fields changed, as `dataclasses.replace` does at six times the cost: for what each sentence or turn does."""
    copied = object.__new__(type(value))
    copied.__dict__.update(value.__dict__)
    fields = len(copied.__dict__)
    copied.__dict__.update(changes)
    if len(copied.__dict__) != fields:
        raise TypeError(f"a {type(value).__name__} has no such fields: {', '.join(changes)}")
    return copied


@dataclass(frozen=True)
class Answer:
    """The model's answer in the making; an idle one is `Answer()`."""

    running: bool = False
    speculative: bool = False
    """It answers `CallState.pending`; its events are held until the caller's turn is over with these words."""
    held: tuple[ModelEvent, ...] = ()
    next_seq: int = 0
    early: tuple[SentenceReady, ...] = ()
    """Sentences that came before one with a lower `seq`."""
    said: bool = False
    open_tools: tuple[str, ...] = ()
    follow_up: bool = False
    """A tool result waits for the model to speak on it."""
    after: AfterSpeech = AfterSpeech.LISTEN
    reading: bool = False
    """No answer yet: the model looks for a name or a place in what the caller said."""

    @property
    def busy(self) -> bool:
        """Whether the model or a tool of it still works."""
        return self.running or self.reading or bool(self.open_tools)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON's own types."""
        # Processes of the version before know no reading.
        known = {name: value for name, value in vars(self).items() if name != "reading" or value}
        return {
            **known,
            "held": [event_to_json(event) for event in self.held],
            "early": [event_to_json(event) for event in self.early],
            "open_tools": list(self.open_tools),
            "after": self.after.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Answer":
        """Read what `to_json` wrote."""
        held, early = ([event_from_json(event) for event in data[name]] for name in ("held", "early"))
        return cls(
            **{
                **data,
                "held": tuple(held),
                "early": tuple(early),
                "open_tools": tuple(data["open_tools"]),
                "after": AfterSpeech(data["after"]),
            }
        )


@dataclass(frozen=True)
class CallState:
    """A call between two events."""

    setup: CallSetup
    version: int = VERSION
    phase: Phase = Phase.NEW
    turn: int = 0
    """How many turns of the bot are over; the transport numbers its requests by it."""
    gen: int = 0
    """The latest answer begun, 0 being the greeting."""
    committed_gen: int = 0
    """The latest answer that may be said."""
    history: tuple[Utterance, ...] = ()
    answer: Answer = field(default_factory=Answer)
    pending: str = ""
    """The caller's words up to a tentative end of speech."""
    owed: Owed = Owed.NOTHING
    silences: int = 0
    low_confidences: int = 0
    false_starts: int = 0
    """Sounds in a row that stopped us and were no words."""
    failures: int = 0
    tool_calls: int = 0
    spoke_this_turn: bool = False
    next_number: int = 0
    taking_message: bool = False
    onboarding: OnboardingState | None = None
    """The onboarding of the caller; None when this call asks no questions."""
    by_the_way: str = ""
    """The open question, to be asked again once the model has answered."""
    asides: int = 0
    """Answers in a row that were about something else."""
    expecting_code: bool = False
    """A code was sent to the caller, who may say it or key it in."""
    time_is_up: bool = False
    transport_lost: bool = False
    recording: bool = False
    consent: Consent = Consent.NONE
    assurance: Assurance = Assurance.NONE
    voice_id: str | None = None
    voices_before: Mapping[str, str] = field(default_factory=dict)
    """The voices that the call had in other languages, by language without region."""
    heard_language: str = ""
    """Another language of the template's that the caller's last words were in."""
    outcome: str | None = None
    end_reason: EndReason | None = None
    pickup: Pickup | None = None
    """What is known of whoever picked up a call of ours; None when somebody called us."""
    stepped: Stepped = field(default_factory=Stepped)
    """The operators' changes."""

    @property
    def answering(self) -> bool:
        """Whether an answer is being made or said."""
        return self.phase in (Phase.THINKING, Phase.SPEAKING)

    @property
    def conversing(self) -> bool:
        """Whether caller and bot talk with each other."""
        return self.answering or self.phase is Phase.LISTENING

    def remember(self, entry: Utterance, *, next_number: int | None = None) -> "CallState":
        """Return the state with one more entry; the oldest go where the history grows too long."""
        history = (*self.history, entry)[-MAX_HISTORY:]
        size = sum([each.size for each in history])
        while size > MAX_HISTORY_CHARS:
            size -= history[0].size
            history = history[1:]
        number = self.next_number if next_number is None else next_number
        return changed(self, history=history, next_number=number)

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON's own types; bounded, whatever the call was like."""
        data = {
            name: value.value if isinstance(value, StrEnum) else value for name, value in vars(self).items()
        }
        history = [entry.to_json() for entry in self.history]
        data["onboarding"] = self.onboarding.to_json() if self.onboarding else None
        del data["setup"], data["pickup"], data["stepped"]
        for name in ("heard_language", "voices_before"):
            if not data[name]:
                # Processes of the version before know no such field.
                del data[name]
        # Processes of the version before, which run beside ours during a deploy, know the setup by this name.
        data["plan"] = self.setup.to_json()
        if self.pickup:
            data["pickup"] = self.pickup.to_json()
        if stepped := self.stepped.to_json():
            data["stepped"] = stepped
        return {**data, "history": history, "answer": self.answer.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CallState":
        """Read what `to_json` wrote. Raises ValueError on another version."""
        if data["version"] != VERSION:
            raise ValueError(f"call state of version {data['version']}, expected {VERSION}")
        # The next version may write it under its own name.
        setup = data["plan"] if "plan" in data else data["setup"]
        kept = {name: value for name, value in data.items() if name != "plan"}
        return cls(
            **{
                **kept,
                "setup": CallSetup.from_json(setup),
                "phase": Phase(data["phase"]),
                "history": tuple(Utterance.from_json(entry) for entry in data["history"]),
                "answer": Answer.from_json(data["answer"]),
                "owed": Owed(data["owed"]),
                "onboarding": OnboardingState.from_json(data["onboarding"]) if data["onboarding"] else None,
                "consent": Consent(data["consent"]),
                "assurance": Assurance(data["assurance"]),
                "end_reason": EndReason(data["end_reason"]) if data["end_reason"] else None,
                "pickup": Pickup.from_json(data["pickup"]) if data.get("pickup") else None,
                "stepped": Stepped.from_json(data.get("stepped") or {}),
            }
        )
