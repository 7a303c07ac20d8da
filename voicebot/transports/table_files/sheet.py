"""A sheet of a workbook as a table; the content of its rows shows where the header is."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from voicebot.transports.table_files.cells import cleaned, cleaned_number, column_key
from voicebot.transports.table_files.csv_file import Column, Row, TableLimits, places_of, says_something
from voicebot.transports.table_files.refused import FileRefused

HEADER_WITHIN = 30
NUMBER = re.compile(r"[+(]?[0-9][0-9 ()./-]{6,}", re.ASCII)


@dataclass(frozen=True)
class SheetRow:
    """A row that holds something: its number in the sheet, its cells as text, and the places of rounded quantities."""

    number: int
    cells: Sequence[str]
    rounded: Sequence[int] = ()


Rows = Callable[[], Iterable[SheetRow]]
"""Gives the rows of a sheet; called again for every look at it."""


@dataclass(frozen=True)
class Sheet:
    """A sheet that was looked at and is in order; `table` gives the rows below its header."""

    title: str
    visible: bool
    header_line: int
    header: Sequence[str]
    count: int
    rows: Rows = field(repr=False)

    @property
    def names(self) -> list[str]:
        """How its columns are called; blank where one has no name."""
        return [cleaned(name) for name in self.header]

    def table(self, columns: Sequence[Column]) -> "SheetTable":
        """Return its rows with these columns. Raises FileRefused."""
        return SheetTable(self, places_of(self.header, columns, self.header_line))


@dataclass(frozen=True)
class SheetTable:
    """The rows of a sheet below its header."""

    sheet: Sheet
    places: dict[str, int]

    @property
    def rows(self) -> int:
        """How many it has."""
        return self.sheet.count

    def __iter__(self) -> Iterator[Row]:
        names = {place: name for name, place in self.places.items()}
        for row in self.sheet.rows():
            if row.number > self.sheet.header_line and says_something(row.cells):
                size = len(row.cells)
                cells = {
                    name: row.cells[place] if place < size else "" for name, place in self.places.items()
                }
                rounded = frozenset(names[place] for place in row.rounded if place in names)
                yield Row(row.number, cells, rounded)


def read_sheet(
    title: str, visible: bool, rows: Rows, known: Collection[str], limits: TableLimits
) -> Sheet | None:
    """Check a whole sheet; None when it is empty. `known` are keys of columns that identify a header. Raises
    FileRefused before any row is returned.
    """
    first = list(islice((row for row in rows() if says_something(row.cells)), HEADER_WITHIN))
    if not first:
        return None
    header = _header_of(first, known)
    cells = list(header.cells)
    while cells and not says_something(cells[-1:]):
        cells.pop()
    if len(cells) > limits.columns:
        raise FileRefused(f"{len(cells)} columns, more than {limits.columns}", line=header.number)
    count = 0
    for row in rows():
        _refuse_unsound(row, limits)
        if row.number > header.number and says_something(row.cells):
            count += 1
        if count > limits.rows:
            raise FileRefused(f"more than {limits.rows} rows", line=row.number)
    return Sheet(title, visible, header.number, cells, count, rows)


def _header_of(first: list[SheetRow], known: Collection[str]) -> SheetRow:
    """Return the row that names the columns: titles and notes may stand above it."""
    for row in first:
        if any(column_key(cell) in known for cell in row.cells):
            return row
    wide = max(_filled(row) for row in first)
    for row in first:
        if 2 * _filled(row) > wide and not any(NUMBER.fullmatch(cleaned_number(cell)) for cell in row.cells):
            return row
    return first[0]


def _filled(row: SheetRow) -> int:
    return sum(says_something([cell]) for cell in row.cells)


def _refuse_unsound(row: SheetRow, limits: TableLimits) -> None:
    if any(len(cell) > limits.cell for cell in row.cells):
        raise FileRefused(f"a cell of more than {limits.cell} characters", line=row.number)
    if any("\0" in cell for cell in row.cells):
        raise FileRefused("a NUL character", line=row.number)
