"""Find who said what in the messages that ask for a summary: a transcript in the text, JSON, or the talk itself."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.providers.brain.conversation import Message
from simulator.providers.brain.words import split_sentences

_LINE = r"(?m)^[ \t]*(?:\[?[\d:. ]+s?\]?[ \t]*)?([A-Za-z][A-Za-z ]{1,20})(?:[ \t]*\([^)]*\))?:[ \t]+(.+)$"
_BOT = re.compile(r"bot|assistant|agent|operator|system|ai|ivr", re.I)


@dataclass(frozen=True)
class Utterance:
    """One thing that was said; `ours` when the bot or an operator said it."""

    speaker: str
    text: str
    ours: bool

    def sentences(self) -> list[str]:
        """Its sentences."""
        return split_sentences(self.text)


def read_utterances(messages: Sequence[Message]) -> list[Utterance]:
    """The conversation to look at; without any transcript the messages themselves are it."""
    for message in reversed(messages):
        if message.role != "assistant" and (found := list(_transcript(message.text))):
            return found
    return [
        Utterance(message.role, message.text, message.role == "assistant")
        for message in messages
        if message.role in ("user", "assistant") and message.text
    ]


def _transcript(text: str) -> Iterator[Utterance]:
    rows = _rows(text)
    if rows:
        yield from rows
        return
    marked = list(re.finditer(r"(?mi)^\W*(?:transcript|conversation|dialogue?)\W*$", text))
    if marked:
        text = text[marked[-1].end() :]
    lines = re.findall(_LINE, text)
    speakers = [speaker for speaker, _ in lines]
    # A list of labelled facts also has this shape; a talk has speakers that come back or a bot among them.
    if marked or (
        len(lines) >= 2
        and (len(set(speakers)) < len(speakers) or any(_BOT.search(speaker) for speaker in speakers))
    ):
        yield from (Utterance(speaker, said.strip(), bool(_BOT.search(speaker))) for speaker, said in lines)


def _rows(text: str) -> list[Utterance]:
    """Utterances in a JSON list of objects with a speaker or role and a text."""
    start = min((at for at in (text.find("["), text.find("{")) if at >= 0), default=-1)
    if start < 0:
        return []
    try:
        value, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return []
    if isinstance(value, Mapping):
        value = next((part for part in value.values() if isinstance(part, list)), [])
    return [row for row in map(_row, value if isinstance(value, list) else []) if row is not None]


def _row(value: Any) -> Utterance | None:
    if not isinstance(value, Mapping):
        return None
    speaker = str(value.get("speaker") or value.get("role") or value.get("who") or "")
    text = str(value.get("text") or value.get("content") or value.get("said") or "").strip()
    return Utterance(speaker, text, bool(_BOT.search(speaker))) if speaker and text else None
