"""The model's answer while it is being made."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from voicebot.domain.call.events import ModelEvent, SentenceReady, event_from_json, event_to_json


class AfterSpeech(StrEnum):
    """What an answer leads to once it has been said."""

    LISTEN = "listen"
    HANG_UP = "hang_up"
    TRANSFER = "transfer"


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

    @property
    def busy(self) -> bool:
        """Whether the model or a tool of it still works."""
        return self.running or bool(self.open_tools)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON's own types."""
        return {
            **vars(self),
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
