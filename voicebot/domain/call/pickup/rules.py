"""The template's rules for a call of ours that is picked up, and what is known of who picked up: parts of setup and state."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Picker(StrEnum):
    """The one who picked up, judged by the words."""

    NOBODY = ""
    """No words show it yet."""
    HUMAN = "human"
    VOICEMAIL = "voicemail"
    SCREENER = "screener"


@dataclass(frozen=True)
class PickupRules:
    """The words for machines. Only a call of ours has such rules."""

    voicemail_message: str = ""
    """Left at a mailbox; blank: nothing is left there."""
    screener_answer: str = ""
    """The caller's name and purpose, for a screener."""
    whole_turns: bool = False
    """The line reports words only after the pause that ends them, as Gather does."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PickupRules":
        """Read what `vars` of one gives."""
        return cls(**data)


@dataclass(frozen=True)
class Pickup:
    """The facts about the one who picked up."""

    who: Picker = Picker.NOBODY
    doubted: bool = False
    """The carrier takes them for a machine; a reply overturns it."""
    turns: int = 0
    """How often they have spoken."""
    answers: int = 0
    """How often the screener was told who calls."""
    message_due: bool = False
    """A mailbox talks still: what is left there waits until it is quiet."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's own types."""
        return {**vars(self), "who": self.who.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Pickup":
        """Read what `to_json` wrote."""
        return cls(**{**data, "who": Picker(data["who"])})
