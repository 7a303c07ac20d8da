"""Exported tables: no cell of a CSV runs anything in the spreadsheet that opens it."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

# What spreadsheets take for the beginning of a formula, also in the wide form of East Asian keyboards.
EXECUTED = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
MARK = b"\xef\xbb\xbf"
"""Begins a CSV that people open: without it spreadsheets take UTF-8 for the code page of their country."""
NUMBER = re.compile(r"\+[0-9]{7,15}|-?[0-9]+(?:\.[0-9]+)?", re.ASCII)

DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+", re.ASCII)
PIECE_CHARACTERS = 16 * 1024


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet executes: an apostrophe says that it is a text. Plain numbers stay as they are."""
    executed = cell[:1] and (cell[0] in EXECUTED or cell.lstrip(" ")[:1] in EXECUTED[:4])
    return f"'{cell}" if executed and not NUMBER.fullmatch(cell) else cell


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield a CSV, line by line, in UTF-8; None is an empty cell."""
    for row in rows:
        page = StringIO()
        csv.writer(page).writerow(["" if cell is None else harmless(str(cell)) for cell in row])
        yield page.getvalue().encode()


def with_semicolons(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a CSV for spreadsheets with a decimal comma: semicolons between cells, and commas in decimals.

    `pieces` are UTF-8 and may end anywhere; other cells stay unchanged.
    """
    page = StringIO()
    writer = csv.writer(page, delimiter=";")
    for row in csv.reader(_lines(codecs.iterdecode(pieces, "utf-8"))):
        writer.writerow([cell.replace(".", ",") if DECIMAL.fullmatch(cell) else cell for cell in row])
        if page.tell() >= PIECE_CHARACTERS:
            yield page.getvalue().encode()
            page.seek(0)
            page.truncate()
    yield page.getvalue().encode()


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest
