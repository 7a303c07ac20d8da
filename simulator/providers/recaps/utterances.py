"""Find the speakers in the messages of a request for a summary: a transcript in the text, or the talk itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
