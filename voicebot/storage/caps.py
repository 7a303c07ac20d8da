"""Who was refused by a cap (`sql/functions/people/caps.sql`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.storage.database import Database

Row = Mapping[str, Any]


def list_refused(database: Database, *, page_size: int = 50) -> tuple[Sequence[Row], Row]:
    """Return who was refused within a day, the latest first, and how many calls and texts.

    A row is {"kind": calls

    texts, "who": a number, or a prefix with an asterisk, "count", "cap", "last_at"}.
    """
    row = database.call("list_refused", page_size=page_size)
    return row["refused"], row["counts"]


def sweep_caps(database: Database) -> Row:
    """Drop counters that nothing moves any more; returns how many (`counters`, `days`)."""
    answer: Row = database.call("sweep_caps")
    return answer
