"""Find the people in a file: which sheet, which column holds the numbers, what the other columns are called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice

from voicebot.domain.dialling.variables import LONGEST_NAME, MOST_VARIABLES, TemplateVariables
from voicebot.domain.person.phone import country, parse_e164
from voicebot.services.onboarding.start import NUMBER_COLUMNS
from voicebot.services.tables.open_file import Candidate, candidates
from voicebot.storage.off_hub import off_hub
from voicebot.transports.table_files.cells import cleaned_number, column_key, is_rounded
from voicebot.transports.table_files.characters import Source
from voicebot.transports.table_files.csv_file import Column, Row, TableLimits
from voicebot.transports.table_files.refused import FileRefused
from voicebot.transports.table_files.table import Table

SAMPLED, ENOUGH = 200, 0.9
CALLED_NUMBER = frozenset(NUMBER_COLUMNS.split())
REPORT_COLUMNS = ("row", "column", "reason")
"""Columns that a report of bad rows adds to a file; they become no variables when the file is imported again."""
EXTENSION = re.compile(
    r"\s*[,;]?\s*(?:ext(?:ension|n)?|x|dw|durchwahl|poste|anexo|interno|ramal)[.:]?\s*#?\d{1,6}\Z",
    re.IGNORECASE,
)
"""What stands behind a number that a switchboard puts through."""
LOST_PLUS = re.compile(r"[1-9][0-9]{10,14}", re.ASCII)


@dataclass(frozen=True)
class PeopleTable:
    """A list of people that was looked at: its rows, the column of numbers and all columns."""

    table: Table
    sheet: str | None
    phone: str
    names: list[str]


def find_people(
    source: Source, most_rows: int, region: str | None, *, phone_column: str | None, sheet: str | None
) -> PeopleTable:
    """Return the list in a file: of several sheets the first that has numbers. Raises FileRefused."""
    refused: FileRefused | None = None
    for one in candidates(source, TableLimits(rows=most_rows), known=CALLED_NUMBER, sheet=sheet):
        try:
            return off_hub(partial(_people_in, one, phone_column, region))
        except FileRefused as error:
            refused = refused or error
    raise refused or FileRefused("the file has no line with the names of its columns")


def number_of(given: str, region: str | None) -> str | None:
    """Return the number in a cell, or None; a spreadsheet may have read the plus as that of a sum."""
    number = parse_e164(given, region)
    if LOST_PLUS.fullmatch(given) and (number is None or (number[1:] != given and country(number) is None)):
        abroad = parse_e164(f"+{given}")
        return abroad if abroad and country(abroad) else number
    return number


def variables_of(people: PeopleTable, asked: TemplateVariables) -> tuple[Mapping[str, str], list[str]]:
    """Return which columns are kept, under which names, and those that the template has no use for."""
    keys = {name: column_key(name)[:LONGEST_NAME] for name in people.names if name != people.phone}
    used = {name: key for name, key in keys.items() if key in asked.known}
    unused = [name for name in keys if name not in used]
    room = max(0, MOST_VARIABLES - len(used))
    return used | {name: keys[name] for name in unused[:room]}, unused


def _people_in(candidate: Candidate, phone_column: str | None, region: str | None) -> PeopleTable:
    names = [name for name in candidate.names if column_key(name)]
    if tuple(names[-3:]) == REPORT_COLUMNS:
        names = names[:-3]
    if any(
        parse_e164(cleaned_number(name), None) or _is_number(cleaned_number(name), region) for name in names
    ):
        raise FileRefused("the first line has to name the columns, and a number stands in it", line=1)
    table = candidate.table([Column(name, (name,)) for name in names])
    return PeopleTable(table, candidate.title, _phone_column(table, names, phone_column, region), names)


def _phone_column(table: Table, names: list[str], told: str | None, region: str | None) -> str:
    """Return the column whose cells are numbers; of several the one that is called like it. Raises FileRefused."""
    shown = ", ".join(names)
    if told is not None:
        found = next((name for name in names if column_key(name) == column_key(told)), None)
        if found is None:
            raise FileRefused(f"no column is called {told[:40]}", shown=shown)
        return found
    sample = list(islice(iter(table), SAMPLED))
    shares = {name: _share(sample, name, region) for name in names}
    likely = [name for name in names if shares[name] >= ENOUGH]
    # A short list with a few mistakes in it is still one of numbers, when its column says so.
    named = [name for name in names if column_key(name) in CALLED_NUMBER and shares[name] >= 0.5]
    for several in ([name for name in likely if name in named], likely, named):
        if several:
            return max(several, key=lambda name: shares[name])
    raise FileRefused("no column holds phone numbers: say which one does", shown=shown)


def _share(sample: list[Row], name: str, region: str | None) -> float:
    cells = [cleaned_number(row.cells[name]) for row in sample if row.cells[name].strip()]
    if not cells or 2 * len(cells) < len(sample):
        return 0.0
    return sum(_is_number(cell, region) for cell in cells) / len(cells)


def _is_number(cell: str, region: str | None) -> bool:
    if is_rounded(cell):
        return True
    number = number_of(EXTENSION.sub("", cell), region)
    return number is not None and country(number) is not None
