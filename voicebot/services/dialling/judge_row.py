"""Whether a row of a list becomes a person of a campaign, and why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from voicebot.domain.dialling.place import NotCallable, place_of
from voicebot.domain.dialling.variables import LONGEST_VALUE, TemplateVariables
from voicebot.services.dialling.people_table import EXTENSION, number_of
from voicebot.settings import Settings
from voicebot.transports.table_files.cells import cleaned, cleaned_number, is_rounded
from voicebot.transports.table_files.csv_file import Row

REASONS = {
    "not_a_number": "no phone number",
    "extension": "an extension stands behind the number, and nobody dials it",
    "rounded": "a spreadsheet lost its last digits: format the column as text",
    "not_callable": "no number that a person answers at the usual price",
    "country_not_allowed": "its country is not in ALLOWED_COUNTRIES",
    "unknown_zone": "nobody knows the time zone of this number",
    "missing": "the template needs it",
    "too_long": f"longer than {LONGEST_VALUE} characters",
    "too_much": "the row is longer than 16 kB",
}
"""Why a row is not taken, for people."""


@dataclass(frozen=True)
class BadRow:
    """A row that is not taken: its line as an editor counts, the column and the cell that are wrong, and why."""

    line: int
    column: str
    cell: str
    code: str
    cells: Mapping[str, str] = field(repr=False)


class Judge:
    """Reads one row after the other: returns a person to add, a BadRow, or None for a number that an earlier row has."""

    def __init__(
        self, settings: Settings, phone: str, taken: Mapping[str, str], asked: TemplateVariables
    ) -> None:
        self._countries, self._region = settings.allowed_countries, settings.home_country
        self._phone, self._taken, self._asked = phone, taken, asked
        self._column_of = {key: name for name, key in taken.items()}
        self._seen: set[str] = set()

    def __call__(self, row: Row) -> "BadRow | dict[str, Any] | None":
        """Return what is to be done with a row."""
        given = cleaned_number(row.cells[self._phone])[:80]
        if self._phone in row.rounded or is_rounded(given):
            return self._bad(row, self._phone, "rounded")
        number = number_of(given, self._region)
        if number is None:
            code = "extension" if EXTENSION.search(given) else "not_a_number"
            return self._bad(row, self._phone, code)
        try:
            place = place_of(number, self._countries)
        except NotCallable as refusal:
            return self._bad(row, self._phone, refusal.code)
        variables = {key: cleaned(row.cells[name]) for name, key in self._taken.items()}
        variables = {key: value for key, value in variables.items() if value}
        if lacking := sorted(self._asked.needed - set(variables)):
            return self._bad(row, self._column_of.get(lacking[0], lacking[0]), "missing")
        if long := next((key for key, value in variables.items() if len(value) > LONGEST_VALUE), None):
            return self._bad(row, self._column_of[long], "too_long")
        # As Postgres writes it, a comma and a colon are followed by a space.
        if len(orjson.dumps(variables)) + 4 * len(variables) > 16_000:
            return self._bad(row, self._phone, "too_much")
        if number in self._seen:
            return None
        self._seen.add(number)
        return {
            "number": number, "variables": variables, "country": place.country, "number_type": place.number_type,
            "zones": list(place.zones),
        }  # fmt: skip

    def _bad(self, row: Row, column: str, code: str) -> BadRow:
        return BadRow(row.line, column, row.cells.get(column, ""), code, row.cells)
