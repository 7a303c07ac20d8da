"""The entry for every import: it reads the file, whatever its kind."""

from collections.abc import Iterator, Sequence
from typing import IO, Protocol

from voicebot.transports.table_files.characters import Source
from voicebot.transports.table_files.csv_file import Column, Row, TableLimits, read_csv

PIECE = 64 * 1024


class Table(Protocol):
    """A file that was looked at and is in order. Another kind of file is another class that gives rows."""

    @property
    def rows(self) -> int:
        """How many rows it has."""
        ...

    def __iter__(self) -> Iterator[Row]:
        """Give them, one after the other; memory is bounded by one."""
        ...


def read_table(source: Source, columns: Sequence[Column], limits: TableLimits | None = None) -> Table:
    """Look at a whole file of characters. Raises FileRefused before any row is given.

    A workbook is none: `services/tables/open_file.py` has it unpacked and gives its sheets as tables.
    """
    return read_csv(source, columns, limits)


def source_of(content: bytes) -> Source:
    """Return the source of a file that is in memory."""
    return lambda: (content[begin : begin + PIECE] for begin in range(0, len(content), PIECE))


def source_of_open(file: IO[bytes]) -> Source:
    """Return the source of a file that is open and stays so; several looks at it may take turns."""

    def pieces() -> Iterator[bytes]:
        at = 0
        while True:
            file.seek(at)
            piece = file.read(PIECE)
            if not piece:
                return
            at += len(piece)
            yield piece

    return pieces
