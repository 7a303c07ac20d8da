"""The program that unpacks a workbook, in a process of its own: what is hostile in a file ends there.

It stands alone and is started by its path, with nothing in its environment. It reads the workbook from its standard
input, and writes lines of JSON: `{"sheet": its name, "visible": …}`, then `[row number, [cells as text], [places of
numbers that may have lost their last digits]]` for each row that holds anything. In place of a file that it does not
read it writes `{"refused": why}` and returns 3.
"""

import datetime
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

import python_calamine

MEMORY_BYTES, CPU_S, OUTPUT_BYTES = 1 << 30, 30, 256 << 20
MOST_BYTES, MOST_UNPACKED_BYTES, MOST_PARTS = 10 << 20, 256 << 20, 2000
REFUSED = 3
PIECE = 1 << 20
WORKBOOK, SHEETS = "xl/workbook.xml", "xl/worksheets/"
# As it is spelt in one byte a character, and in two.
DECLARATION = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.IGNORECASE)
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>(?!.*<(?:\w+:)?c\b)", re.DOTALL)
FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>[^<]")
END_OF_CELL = re.compile(rb"</(?:\w+:)?c>")
PLACE = re.compile(rb"\br=\"([A-Z]{1,3}[0-9]{1,7})\"")
LARGEST_EXACT = 10**15


class Refused(Exception):
    """The workbook is not read; the message says why."""


def main() -> int:
    """Write the rows of the workbook that comes in, or why not."""
    _limit()
    try:
        for line in _lines(sys.stdin.buffer.read(MOST_BYTES + 1)):
            sys.stdout.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")
        sys.stdout.flush()
    except Refused as refusal:
        return _refuse(str(refusal))
    except MemoryError:
        return _refuse("it is too large once it is unpacked")
    except python_calamine.PasswordError:
        return _refuse("it has a password: save it without one")
    except (zipfile.BadZipFile, python_calamine.CalamineError, NotImplementedError, EOFError, ValueError):
        return _refuse("the workbook is broken: open it in a spreadsheet and save it again")
    return 0


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        # Not every system limits a process's memory.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _refuse(why: str) -> int:
    sys.stdout.write("\n" + json.dumps({"refused": why}) + "\n")
    return REFUSED


def _lines(content: bytes) -> Iterator[object]:
    if len(content) > MOST_BYTES:
        raise Refused(f"the workbook is larger than {MOST_BYTES >> 20} MB")
    _look_at_parts(content)
    workbook = python_calamine.load_workbook(BytesIO(content))
    for sheet in workbook.sheets_metadata:
        if sheet.typ is not python_calamine.SheetTypeEnum.WorkSheet:
            continue
        yield {"sheet": sheet.name, "visible": sheet.visible is python_calamine.SheetVisibleEnum.Visible}
        for number, cells in enumerate(workbook.get_sheet_by_name(sheet.name).iter_rows(), 1):
            texts = [_text(cell) for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                yield [number, texts, [place for place, cell in enumerate(cells) if _is_round(cell)]]


# --- what is in the archive -----------------------------------------------------------------------


def _look_at_parts(content: bytes) -> None:
    """Read the whole archive once: a part may lie about its size, and its XML may declare entities."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if "xl/workbook.bin" in names:
            raise Refused("this is a binary workbook: save it as .xlsx")
        if WORKBOOK not in names:
            raise Refused("this is an archive and no workbook: save the sheet as .xlsx or CSV")
        if any(part.flag_bits & 1 for part in parts):
            raise Refused("it has a password: save it without one")
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise Refused("it is too large once it is unpacked")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                _look_at(archive, part)


def _look_at(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    is_sheet, rest = part.filename.startswith(SHEETS), b""
    with archive.open(part) as file:
        while piece := file.read(PIECE):
            text = rest + piece
            if DECLARATION.search(text):
                raise Refused("it declares entities, as no spreadsheet does")
            rest = text[-64:]
            if is_sheet:
                *cells, rest = END_OF_CELL.split(text)
                for cell in cells:
                    _refuse_without_result(cell)
                if len(rest) > 4 * PIECE:
                    raise Refused("a cell is too long")


def _refuse_without_result(cell: bytes) -> None:
    if not FORMULA.search(cell) or VALUE.search(cell):
        return
    begun = CELL.search(cell)
    attributes = begun[1] if begun else b""
    # A formula whose result is an empty text has a type; one that was never calculated has none.
    if b't="' not in attributes:
        place = PLACE.search(attributes)
        where = place[1].decode() if place else "a cell"
        raise Refused(
            f"{where} is a formula without its result: open the workbook in a spreadsheet and save it"
        )


# --- what stands in a cell ------------------------------------------------------------------------


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number(float(cell))
    if isinstance(cell, datetime.datetime):
        is_day = cell.time() == datetime.time()
        return (
            cell.date().isoformat()
            if is_day
            else cell.isoformat(" ", "minutes" if not cell.second else "seconds")
        )
    if isinstance(cell, datetime.time):
        return cell.isoformat("minutes" if not cell.second else "seconds")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)


def _number(number: float) -> str:
    """Write a quantity as it was typed: whole without a point. Longer than a spreadsheet counts, it has an exponent."""
    if number != number or number in (float("inf"), float("-inf")):
        return ""
    if not number.is_integer():
        return repr(number)
    whole = int(number)
    return str(whole) if abs(whole) < LARGEST_EXACT else f"{number:.5E}"


def _is_round(cell: object) -> bool:
    """Tell what became of `1.4155E+10` when a spreadsheet opened it: a quantity of ten digits or more, and zeros."""
    return type(cell) in (int, float) and cell >= 10**9 and cell % 10**5 == 0  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main())
