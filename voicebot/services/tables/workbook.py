"""The sheets of a workbook: unpacked by a program of its own, which may use little and not for long."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from voicebot.services.tables import workbook_program
from voicebot.storage.off_hub import off_hub
from voicebot.transports.table_files.characters import Source
from voicebot.transports.table_files.csv_file import TableLimits
from voicebot.transports.table_files.refused import FileRefused
from voicebot.transports.table_files.sheet import Rows, Sheet, SheetRow, read_sheet

TIME_S = 60.0
ONE_AT_A_TIME = threading.Lock()
"""Each may take a gigabyte."""
PROGRAM = Path(workbook_program.__file__)
TOO_MUCH = "the workbook needs too much memory or time to be read: save the sheet as CSV"


def read_workbook(
    source: Source, known: Collection[str], limits: TableLimits
) -> tuple[list[Sheet], dict[str, FileRefused]]:
    """Return the sheets that may hold a list, those that can be seen first, and of others by name why they do not.

    Raises FileRefused.
    """
    unpacked = _unpacked(source)
    return off_hub(lambda: _sheets(unpacked, known, limits))


def _unpacked(source: Source) -> IO[bytes]:
    """Let the program write the rows of all sheets into a file that is gone with its last reader."""
    rows = tempfile.TemporaryFile()  # noqa: SIM115
    with tempfile.TemporaryFile() as workbook:
        off_hub(lambda: _copy(source, workbook))
        try:
            with ONE_AT_A_TIME:
                done = subprocess.run(
                    [sys.executable, "-I", str(PROGRAM)], stdin=workbook, stdout=rows, stderr=subprocess.DEVNULL, env={},
                    timeout=TIME_S, check=False,
                )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise FileRefused(TOO_MUCH, is_text=False) from None
    if done.returncode:
        raise FileRefused(_why(rows, done.returncode), is_text=False)
    return rows


def _copy(source: Source, workbook: IO[bytes]) -> None:
    size = 0
    for piece in source():
        size += len(piece)
        if size > workbook_program.MOST_BYTES:
            most = workbook_program.MOST_BYTES >> 20
            raise FileRefused(f"the workbook is larger than {most} MB: save the sheet as CSV", is_text=False)
        workbook.write(piece)
    workbook.seek(0)


def _why(rows: IO[bytes], code: int) -> str:
    if code < 0:
        return TOO_MUCH
    if code == workbook_program.REFUSED:
        rows.seek(max(0, rows.tell() - 2000))
        told: Any = orjson.loads(rows.read().splitlines()[-1])
        return str(told["refused"])
    return "the workbook is broken: open it in a spreadsheet and save it again"


def _sheets(
    file: IO[bytes], known: Collection[str], limits: TableLimits
) -> tuple[list[Sheet], dict[str, FileRefused]]:
    found: list[Sheet] = []
    refused: dict[str, FileRefused] = {}
    for title, visible, rows in _parts(file):
        try:
            sheet = read_sheet(title, visible, rows, known, limits)
        except FileRefused as error:
            refused[title] = FileRefused(f"sheet {title[:60]!r}: {error}")
            continue
        if sheet:
            found.append(sheet)
    if not found and not refused:
        raise FileRefused("nothing stands in any sheet of the workbook")
    return sorted(found, key=lambda sheet: not sheet.visible), refused


def _parts(file: IO[bytes]) -> Iterator[tuple[str, bool, Rows]]:
    begins: list[tuple[str, bool, int]] = []
    file.seek(0)
    while line := file.readline():
        if line.startswith(b"{"):
            told = orjson.loads(line)
            begins.append((told["sheet"], told["visible"], file.tell()))
    for title, visible, begin in begins:
        yield title, visible, _rows_from(file, begin)


def _rows_from(file: IO[bytes], begin: int) -> Rows:
    def rows() -> Iterator[SheetRow]:
        at = begin
        while True:
            # Several looks at a file may take turns.
            file.seek(at)
            line = file.readline()
            at = file.tell()
            if not line.startswith(b"["):
                return
            yield SheetRow(*orjson.loads(line))

    return rows
