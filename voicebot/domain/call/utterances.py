"""One entry of a call's history: words that were said, a tool that was used, or a note to the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from voicebot.domain.call.actions import SaveUtterance, Speaker
from voicebot.domain.call.events import HeardSource
from voicebot.domain.call.phrases import Phrase

NO_GEN = -1
"""The generation of words that no model made: the caller's, clips, notes."""

MAX_TEXT = 2000
"""Characters kept of one entry; a longer text is cut."""


class Role(StrEnum):
    """The speaker of an entry of the history, or its origin."""

    CALLER = "caller"
    BOT = "bot"
    OPERATOR = "operator"
    TOOL = "tool"
    SYSTEM = "system"
    """A note about the call for the model; the caller never hears it."""


SPEAKERS = {Role.CALLER: Speaker.CALLER, Role.BOT: Speaker.BOT, Role.OPERATOR: Speaker.OPERATOR}


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call together with its result: one value, so that a call is never kept without its result."""

    id: str
    name: str
    arguments: str
    """A JSON object as text, as chat messages carry it."""
    result: str | None = None
    """None while it runs, and for ever when the answer was dropped first."""
    ok: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return all fields, as JSON's own types."""
        return {
            "id": self.id,
            "name": self.name,
            "arguments": self.arguments,
            "result": self.result,
            "ok": self.ok,
        }


@dataclass(frozen=True, slots=True)
class Utterance:
    """An entry of the history. Only entries with a `number` are utterances of the transcript.

    A call holds up to 200 of them for as long as it lasts, so each is small and keeps nothing that can be made anew.
    """

    role: Role
    text: str = ""
    number: int | None = None
    gen: int = NO_GEN
    seq: int = 0
    """The sentence within its generation; of a clip its number."""
    clip: Phrase | None = None
    confidence: float | None = None
    heard: int | None = None
    """How many characters were heard; None: not known, taken as all of them."""
    heard_source: HeardSource | None = None
    cut: bool = False
    """The caller's voice or key stopped it: it is not said again by itself."""
    interruptible: bool = True
    tool: ToolUse | None = None

    @property
    def heard_text(self) -> str | None:
        """The words that were heard, or None when nobody told."""
        return None if self.heard is None else self.text[: self.heard]

    @property
    def size(self) -> int:
        """How many characters the entry holds in all."""
        used = self.tool
        return len(self.text) + (len(used.arguments) + len(used.result or "") if used else 0)

    @property
    def fully_heard(self) -> bool:
        """Whether it is known that every character was heard."""
        return self.heard is not None and self.heard >= len(self.text)

    def saved(self) -> SaveUtterance:
        """Return the action that keeps this entry in the transcript. Only for entries with a number."""
        if self.number is None:
            raise ValueError(f"a {self.role} entry without a number is no utterance")
        source = self.heard_source.value if self.heard_source else None
        speaker = SPEAKERS[self.role]
        return SaveUtterance(self.number, speaker, self.text, self.confidence, self.heard_text, source)

    def to_json(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults, as JSON's own types."""
        data: dict[str, Any] = {"role": self.role.value}
        if self.text:
            data["text"] = self.text
        if self.number is not None:
            data["number"] = self.number
        if self.gen != NO_GEN:
            data["gen"] = self.gen
        if self.seq:
            data["seq"] = self.seq
        if self.heard is not None:
            data["heard"] = self.heard
        if self.heard_source is not None:
            data["heard_source"] = self.heard_source.value
        usual = self.clip is None and self.tool is None and self.confidence is None
        return data if usual and self.interruptible and not self.cut else data | self._seldom_json()

    def _seldom_json(self) -> dict[str, Any]:
        """Return what few entries have."""
        data: dict[str, Any] = {}
        if self.clip is not None:
            data["clip"] = self.clip.value
        if self.confidence is not None:
            data["confidence"] = self.confidence
        if self.cut:
            data["cut"] = True
        if not self.interruptible:
            data["interruptible"] = False
        if self.tool is not None:
            data["tool"] = self.tool.to_json()
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Utterance":
        """Read what `to_json` wrote. Raises KeyError, TypeError or ValueError on anything else."""
        source, tool, clip = data.get("heard_source"), data.get("tool"), data.get("clip")
        return cls(
            **{
                **data,
                "role": Role(data["role"]),
                "clip": Phrase(clip) if clip else None,
                "heard_source": HeardSource(source) if source else None,
                "tool": ToolUse(**tool) if tool else None,
            }
        )
