"""The changes that operators have made to a call: a part of its state, so another process can go on with them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class Held(StrEnum):
    """The one who talks with the caller in place of the bot."""

    BY_NOBODY = ""
    BY_BROWSER = "browser"
    """An operator, whose browser's sound goes through the line."""
    BY_PHONE = "phone"
    """An operator, whose telephone the carrier has connected."""


@dataclass(frozen=True)
class Stepped:
    """The present changes; `Stepped()` when no operator has stepped in."""

    muted: bool = False
    """The bot hears and gives no answer."""
    waits: int = 0
    """How often the caller was asked to wait since then."""
    held: Held = Held.BY_NOBODY
    by: str = ""
    """The holder of the call: an opaque name from the command."""

    @property
    def silent(self) -> bool:
        """Whether the bot answers nothing of what the caller says."""
        return self.muted or self.held is not Held.BY_NOBODY

    def to_json(self) -> dict[str, Any]:
        """Return what differs from `Stepped()`, as JSON's own types."""
        return {
            each.name: str(value) if isinstance(value := getattr(self, each.name), Held) else value
            for each in fields(self)
            if getattr(self, each.name) != each.default
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Stepped":
        """Read what `to_json` wrote."""
        return cls(**{**data, "held": Held(data.get("held", ""))})
