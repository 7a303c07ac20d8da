"""A chat completion request's messages as the demo brain reads them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_CONTINUE = r"(?:continue|carry on|go on|keep going|keep talking|pick up|resume|finish (?:your|the) (?:answer|sentence))"
_SYSTEM = ("system", "developer")


@dataclass(frozen=True)
class Message:
    """One message as plain text; `calls` are the names of the tools that an assistant message called."""

    role: str
    text: str
    calls: tuple[str, ...] = ()


def read_messages(raw: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Messages with content parts joined and what is not text left out."""
    return [
        Message(
            str(one.get("role")),
            plain_text(one.get("content")),
            tuple(call["function"]["name"] for call in one.get("tool_calls") or ()),
        )
        for one in raw
    ]


def plain_text(content: Any) -> str:
    """The text of a message's content, be it a string, a list of parts or nothing."""
    if isinstance(content, str):
        return content.strip()
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping)).strip()
    return ""


@dataclass(frozen=True)
class Conversation:
    """All messages of one request, and views of them."""

    messages: tuple[Message, ...]

    @property
    def prompt(self) -> str:
        """Return everything that the system messages said, also those in the middle of the talk."""
        return "\n\n".join(message.text for message in self.messages if message.role in _SYSTEM)

    @property
    def last(self) -> Message:
        """The newest message; an empty one when there is none."""
        return self.messages[-1] if self.messages else Message("system", "")

    def said_by(self, role: str) -> list[str]:
        """The texts of one role, oldest first, without empty ones."""
        return [message.text for message in self.messages if message.role == role and message.text]

    def unanswered(self) -> list[str]:
        """The user's texts since the assistant last spoke, oldest first; at least the newest."""
        waiting: list[str] = []
        for message in reversed(self.messages):
            if message.role in ("assistant", "tool"):
                break
            if message.role == "user" and message.text:
                waiting.insert(0, message.text)
        return waiting or self.said_by("user")[-1:]

    def cut_answer(self) -> tuple["Conversation", str] | None:
        """When an answer broke off and is to be continued: the talk before it, and how far it came."""
        if self.last.role == "assistant" and self.last.text:
            return Conversation(self.messages[:-1]), self.last.text
        if len(self.messages) < 2 or self.messages[-2].role != "assistant" or not self.messages[-2].text:
            return None
        anywhere = self.last.role in _SYSTEM and re.search(rf"\b{_CONTINUE}\b", self.last.text, re.I)
        at_start = re.match(rf"(?:please |now |you |just )*{_CONTINUE}\b", self.last.text, re.I) or re.search(
            r"\bcontinue (?:exactly )?(?:from )?where\b", self.last.text, re.I
        )
        if anywhere or (self.last.role == "user" and at_start):
            return Conversation(self.messages[:-2]), self.messages[-2].text
        return None

    def without_reminders(self) -> "Conversation":
        """The same talk, ending with the user's words where only instructions follow them."""
        end = len(self.messages)
        while end and self.messages[end - 1].role in _SYSTEM:
            end -= 1
        if end == len(self.messages) or not end or self.messages[end - 1].role != "user":
            return self
        return Conversation((*self.messages[end:], *self.messages[:end]))

    def tool_results(self) -> list[str]:
        """What the tools answered since the assistant last spoke."""
        results: list[str] = []
        for message in reversed(self.messages):
            if message.role != "tool":
                break
            results.insert(0, message.text)
        return results
