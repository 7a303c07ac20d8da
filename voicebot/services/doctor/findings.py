"""One finding of `doctor`: how bad, about what, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    """It works, but not as well or as long as one would think."""
    FAIL = "fail"
    """Something that was promised does not work."""


@dataclass(frozen=True)
class Finding:
    """The result of one check. `do` is empty when nothing needs to be done; no field contains a secret."""

    level: Level
    subject: str
    what: str
    do: str = ""


def ok(subject: str, what: str) -> Finding:
    """Make a finding that needs nothing."""
    return Finding(Level.OK, subject, what)


def warn(subject: str, what: str, do: str) -> Finding:
    """Make a finding that somebody should know."""
    return Finding(Level.WARN, subject, what, do)


def fail(subject: str, what: str, do: str) -> Finding:
    """Make a finding that has to be mended."""
    return Finding(Level.FAIL, subject, what, do)
