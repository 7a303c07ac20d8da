"""Name a person on a page: by name where the reader may see it, else by a masked number."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.console.routes import Visit
from voicebot.domain.person.name_columns import FIRST_NAME, LAST_NAME, WHOLE_NAME
from voicebot.storage.people.persons import people_by_number

Row = Mapping[str, Any]
LONGEST_NAME = 80


def named(visit: Visit, rows: Sequence[Row], column: str = "phone_number") -> list[dict[str, Any]]:
    """Return the rows, each with `person_id` and `name` of the person whose number is in `column`.

    An id of None means nobody whom the reader may see. A person without a name has the one of the list that the row
    came from.
    """
    numbers = [row[column] or "" for row in rows]
    people = people_by_number(visit.runtime.database, numbers, actor=visit.reader)
    found = []
    for row, number in zip(rows, numbers, strict=True):
        person, name = people.get(number, (None, ""))
        found.append({**row, "person_id": person, "name": name or name_in(row.get("variables") or {})})
    return found


def name_in(variables: Row) -> str:
    """Return the name that the variables of a call hold; blank where none of them is one."""

    def first_of(columns: Sequence[str]) -> str:
        values = (str(variables[column]).strip() for column in columns if variables.get(column) is not None)
        return next(filter(None, values), "")

    return (f"{first_of(FIRST_NAME)} {first_of(LAST_NAME)}".strip() or first_of(WHOLE_NAME))[:LONGEST_NAME]
