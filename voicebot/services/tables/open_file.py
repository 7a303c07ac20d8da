"""Open a file with rows; its bytes decide which kind of file it is, never its name."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from voicebot.services.tables.workbook import read_workbook
from voicebot.storage.off_hub import off_hub
from voicebot.transports.table_files.cells import column_key
from voicebot.transports.table_files.characters import WORKBOOK_MARK, Source
from voicebot.transports.table_files.csv_file import Column, TableLimits, column_names
from voicebot.transports.table_files.refused import FileRefused
from voicebot.transports.table_files.sheet import Sheet
from voicebot.transports.table_files.table import PIECE, Table, read_table, source_of


def source_of_file(path: Path) -> Source:
    """Return a function that opens the file; a stream such as a pipe is read into memory. Raises OSError."""
    if not path.is_file():
        return source_of(path.read_bytes())
    path.open("rb").close()

    def pieces() -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from iter(lambda: file.read(PIECE), b"")

    return pieces


class Candidate(Protocol):
    """What may be the list that somebody means: a CSV file, or one of the sheets of a workbook."""

    @property
    def title(self) -> str | None:
        """Return the sheet's name; None for a file without sheets."""
        ...

    @property
    def names(self) -> list[str]:
        """How its columns are called; blank where one has no name."""
        ...

    def table(self, columns: Sequence[Column]) -> Table:
        """Return its rows with these columns. Raises FileRefused."""
        ...


class _Csv:
    title = None

    def __init__(self, source: Source, limits: TableLimits) -> None:
        self._source, self._limits = source, limits
        self.names = column_names(source, limits)

    def table(self, columns: Sequence[Column]) -> Table:
        return read_table(self._source, columns, self._limits)


def candidates(
    source: Source, limits: TableLimits, *, known: Collection[str], sheet: str | None = None
) -> Sequence[Candidate]:
    """Return the sheets that may hold the list, the likeliest first; only the named one if one is named. Raises
    FileRefused.

    `known` are keys of columns that identify the header of a sheet.
    """
    if not off_hub(lambda: _first_bytes(source)).startswith(WORKBOOK_MARK):
        if sheet is not None:
            raise FileRefused("only a workbook has sheets")
        return [off_hub(lambda: _Csv(source, limits))]
    found, refused = read_workbook(source, known, limits)
    if sheet is not None:
        return [_named(found, refused, sheet)]
    if not found:
        raise next(iter(refused.values()))
    return found


def _named(found: Sequence[Sheet], refused: Mapping[str, FileRefused], wanted: str) -> Sheet:
    for title, why in refused.items():
        if column_key(title) == column_key(wanted):
            raise why
    for sheet in found:
        if column_key(sheet.title) == column_key(wanted):
            return sheet
    shown = ", ".join(sheet.title for sheet in found)
    raise FileRefused(f"no sheet with a list is called {wanted[:40]}", shown=shown)


def _first_bytes(source: Source) -> bytes:
    start = b""
    for piece in source():
        start += piece
        if len(start) >= len(WORKBOOK_MARK):
            break
    return start
