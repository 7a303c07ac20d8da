"""The bad rows of a list as a file of their own: mended, it can be imported again."""

import tempfile
from collections.abc import Iterator
from typing import IO

from voicebot.services.dialling.judge_row import REASONS, BadRow
from voicebot.services.dialling.people_table import REPORT_COLUMNS
from voicebot.transports.table_files.export import csv_lines


def as_csv(row: BadRow, *, headed: bool) -> Iterator[bytes]:
    """Yield a row as it stood in the file, and behind it where and why; with `headed` the names of the columns first."""
    if headed:
        yield from csv_lines([[*row.cells, *REPORT_COLUMNS]])
    yield from csv_lines([[*row.cells.values(), row.line, row.column, REASONS[row.code]]])


class BadRowsFile:
    """Keeps them on the disk until somebody takes them."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._any = False

    def add(self, row: BadRow) -> None:
        """Keep one."""
        self._file.writelines(as_csv(row, headed=not self._any))
        self._any = True

    def lines(self) -> Iterator[bytes]:
        """Give them all, and let go of the file."""
        with self._file as file:
            file.seek(0)
            yield from file
