"""Who somebody is on a page: by name, where the reader may see it; a masked number else."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.console.routes import Visit
from voicebot.storage.people.persons import names_by_number

Row = Mapping[str, Any]


def named(visit: Visit, rows: Sequence[Row], column: str = "phone_number") -> list[dict[str, Any]]:
    """Return the rows, each with the `name` of whoever has the number in `column`; blank: not known to the reader."""
    numbers = [row[column] or "" for row in rows]
    names = names_by_number(visit.runtime.database, numbers, actor=visit.reader)
    return [{**row, "name": names.get(number, "")} for row, number in zip(rows, numbers, strict=True)]
