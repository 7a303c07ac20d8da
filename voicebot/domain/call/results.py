"""What a turn leaves behind: rows that are committed together, and the state that the call goes on from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from voicebot.domain.call.actions import (
    Escalate,
    KeepEffects,
    RecordAction,
    SaveUtterance,
    SendCode,
    SetOutcome,
    Speaker,
    TakeMessage,
    TextCaller,
)
from voicebot.domain.call.state import CallState
from voicebot.domain.person.effects import Effect


@dataclass(frozen=True)
class CallSnapshot:
    """All that another process needs to go on with a call: the core's state, and when its timers run out."""

    core: CallState
    timers: Mapping[str, datetime] = field(default_factory=dict)


@dataclass
class TurnResults:
    """What the turn has brought so far, besides the state. Every utterance stands in it once, as it was last saved."""

    utterances: dict[int, SaveUtterance] = field(default_factory=dict)
    latency_ms: dict[int, int] = field(default_factory=dict)
    """Of the bot's utterances: from the event that opened the turn to the decision to say it."""
    outcome: str | None = None
    end_reason: str | None = None
    messages: list[TakeMessage] = field(default_factory=list)
    texts: list[TextCaller] = field(default_factory=list)
    escalations: list[str] = field(default_factory=list)
    """Why a person has to look at the call."""
    effects: list[Effect] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Channels on which a code is to be sent, once the turn is committed."""

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
            case _:
                assert_never(action)
