"""The steps of one migration, so that a big database changes while calls go on.

A line `-- step: KIND` begins a step of a migration's file. What comes before the first is one transaction, as most
migrations are. Each step is recorded when it is done, so a stopped migration goes on with the next step.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from voicebot.storage.migrate.history import MigrationError, SqlFile

MARK = re.compile(r"^-- step: (.*)$", re.MULTILINE)
END_OF_STATEMENT = re.compile(r";[ \t]*$", re.MULTILINE)


class Kind(StrEnum):
    """How the SQL of a step is run."""

    TRANSACTION = "transaction"
    """All of it in one transaction."""
    ALONE = "alone"
    """Each statement by itself, outside of any transaction: an index that is made concurrently. It may be run twice."""
    BATCHES = "batches"
    """Repeated, each time in a transaction of its own, until it returns 0 rows. It must not do a row twice."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and the line of the file in which its text begins."""

    kind: Kind
    text: str
    line: int

    @property
    def statements(self) -> list[str]:
        """The statements of a step whose statements are run by themselves; each ends with its line."""
        return [one for one in END_OF_STATEMENT.split(self.text) if _has_words(one)]


def steps_of(file: SqlFile) -> list[Step]:
    """Return the steps of a migration in their order, at least one. Raises MigrationError."""
    first, *rest = MARK.split(file.text)
    steps = [Step(Kind.TRANSACTION, first, 1)] if _has_words(first) or not rest else []
    line = first.count("\n") + 1
    for kind, text in zip(rest[::2], rest[1::2], strict=True):
        if kind not in tuple(Kind):
            raise MigrationError(f"{file.name} line {line}: there is no step of kind {kind}")
        steps.append(Step(Kind(kind), text, line))
        line += text.count("\n")
    return steps


def _has_words(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("--") for line in text.splitlines())
