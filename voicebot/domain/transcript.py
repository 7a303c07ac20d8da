"""Render what was said in a call as text, one line an utterance."""

from collections.abc import Iterable
from dataclasses import dataclass

from voicebot.domain.actions import SaveUtterance, Speaker

LABELS = {Speaker.CALLER: "Caller", Speaker.BOT: "Bot", Speaker.OPERATOR: "Operator"}
CUT = "—"
"""Stands where an utterance was cut off."""


@dataclass(frozen=True)
class Line:
    """An utterance as `transcripts` holds it; `heard` is the part that was played, None: all of it, or unknown."""

    speaker: Speaker
    text: str
    heard: str | None = None


def lines_of(saved: Iterable[SaveUtterance]) -> list[Line]:
    """Return the lines that remain after all saves: in order of number, the last save of each."""
    latest = {utterance.number: utterance for utterance in saved}
    return [
        Line(utterance.speaker, utterance.text, utterance.heard)
        for _, utterance in sorted(latest.items(), key=lambda item: item[0])
    ]


def render(lines: Iterable[Line]) -> str:
    """Return the transcript as the caller heard it: "Caller: …" and "Bot: …" by turns.

    An utterance that was cut off ends with a dash; one of which nothing was heard is left out.
    """
    rendered = []
    for line in lines:
        words = _heard(line)
        if words:
            rendered.append(f"{LABELS[line.speaker]}: {words}")
    return "\n".join(rendered)


def _heard(line: Line) -> str:
    text = " ".join(line.text.split())
    if line.heard is None or len(line.heard) >= len(line.text):
        return text
    heard = " ".join(line.heard.split())
    return heard + CUT if heard else ""
