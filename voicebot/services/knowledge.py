"""What a model may know of a person, in calls and in texts. The one place that decides it.

Anybody who calls or texts gets what was said in this very call or thread. A person's name and data, and what was said
elsewhere, go only to the owner of a proven number: caller id proves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FACTS = ("first_name", "last_name", "location", "language")
LONGEST_FACT, LONGEST_SAID = 80, 600
SAID_TOKENS = 600
BYTES_A_TOKEN, TOKENS_A_LINE = 4, 4
FULL_ATTESTATION = "TN-Validation-Passed-A"
"""Only full attestation: the carrier of a diverted or passed-through call cannot vouch for its caller."""


@dataclass(frozen=True)
class Proof:
    """How sure it is that our words reach the owner of the number."""

    number_is_proven: bool = False
    """The number belongs to who its account says."""
    reaches_owner: bool = False
    """Our words go to the number itself, as a text does, or its carrier vouches for the caller."""
    code_given: bool = False
    """The right code was given in this very call."""


@dataclass(frozen=True)
class Said:
    """Something that was said elsewhere; `at` is ISO 8601 in UTC, `what` names it where the words do not."""

    at: str
    words: str
    what: str = ""


@dataclass(frozen=True)
class Knowledge:
    """What a model may know of a person: one line with their data, and words from elsewhere, newest first."""

    facts: str = ""
    said: tuple[str, ...] = ()


def may_know(proof: Proof) -> bool:
    """Whether our words may tell what is known of the number's owner."""
    return proof.code_given or (proof.number_is_proven and proof.reaches_owner)


def is_attested(attestation: Any) -> bool:
    """Whether the carrier that placed a call vouches that its caller may show the number."""
    return bool(attestation == FULL_ATTESTATION)


def knowledge_of(person: Mapping[str, Any], said: Iterable[Said], proof: Proof) -> Knowledge | None:
    """Return what a model may know of a person; None for nothing. `said` is ordered with the newest last."""
    if not may_know(proof):
        return None
    facts = (
        f"{name.replace('_', ' ')}: {_one_line(person[name], LONGEST_FACT)}"
        for name in FACTS
        if person.get(name)
    )
    return Knowledge("; ".join(facts), tuple(_newest([_line(each) for each in said])))


def tokens(text: str) -> int:
    """Return about how many tokens a line is; rather too many than too few for other scripts."""
    return len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN + TOKENS_A_LINE


def _line(said: Said) -> str:
    moment = said.at[:16].replace("T", " ") + " UTC"
    return (
        f"- {' '.join(part for part in (moment, said.what) if part)}: {_one_line(said.words, LONGEST_SAID)}"
    )


def _newest(lines: Sequence[str]) -> Iterable[str]:
    """Return the last lines that fit, the newest first."""
    left = SAID_TOKENS
    for line in reversed(lines):
        left -= tokens(line)
        if left < 0:
            return
        yield line


def _one_line(words: Any, longest: int) -> str:
    """A line break could begin a section of its own."""
    return " ".join(str(words).split())[:longest]
