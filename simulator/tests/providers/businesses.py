"""Invented businesses, each with its prompt and with labelled questions, read from `businesses/*.txt`.

A file is the prompt, a line `===` and then lines of three columns: the split, the question, what has to come of it.
`tune` lines shaped the rules; `held` lines were written before them too and first asked when the rules were done.
"""

from dataclasses import dataclass
from pathlib import Path

from simulator.providers.brain.brain import Thought

FOLDER = Path(__file__).parent / "businesses"


@dataclass(frozen=True)
class Labelled:
    """One question to one business."""

    business: str
    prompt: str
    split: str
    question: str
    expected: str
    """`unknown`, `asks`, `tool:name`, or words of the answer: `|` is or, `&` is and, `!` is without."""

    def fits(self, thought: Thought) -> bool:
        """Whether the thought is what was expected."""
        return all(
            any(_holds(one.strip(), thought) for one in part.split("|"))
            for part in self.expected.split(" & ")
        )


def _holds(expected: str, thought: Thought) -> bool:
    if expected.startswith("tool:"):
        return expected.removeprefix("tool:") in [name for name, _ in thought.calls]
    if thought.calls:
        return False
    if expected == "unknown":
        return "do not know" in thought.text
    if expected == "asks":
        return thought.text.startswith("Please tell me")
    if expected.startswith("!"):
        return expected[1:] not in thought.text
    return expected in thought.text and "do not know" not in thought.text


def labelled_questions(split: str) -> list[Labelled]:
    """Return the questions of one split."""
    return [
        Labelled(path.stem, prompt.strip(), *columns)
        for path in sorted(FOLDER.glob("*.txt"))
        for prompt, _, lines in [path.read_text("utf-8").partition("\n===\n")]
        for columns in (line.split("\t") for line in lines.splitlines())
        if columns[0] == split
    ]
