"""Workbooks as people and their programs write them: the list in them is found, or it is said why not."""

import codecs
import datetime
import struct
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from tests.services.tables.workbooks import Formula, packed, parts_of, workbook
from voicebot.services.dialling.people_table import PeopleTable, find_people
from voicebot.services.tables import workbook as unpacking
from voicebot.services.tables.workbook_program import MOST_BYTES
from voicebot.transports.table_files.refused import FileRefused
from voicebot.transports.table_files.table import source_of

ANN, BEN = "+13035550142", "+13035550143"


def found(content: bytes, sheet: str | None = None, most_rows: int = 1000) -> PeopleTable:
    return find_people(source_of(content), most_rows, "US", phone_column=None, sheet=sheet)


def refusal(content: bytes, sheet: str | None = None, most_rows: int = 1000) -> str:
    with pytest.raises(FileRefused) as refused:
        found(content, sheet, most_rows)
    return str(refused.value)


def sheet_of(rows: Sequence[Sequence[object]], **parts: Any) -> bytes:
    """A workbook of one sheet, with some of its parts replaced by what a function makes of them."""
    made: dict[str, Any] = dict(parts_of({"People": rows}))
    for name, change in parts.items():
        place = {"book": "xl/workbook.xml", "sheet": "xl/worksheets/sheet1.xml"}[name]
        made[place] = change(made[place])
    return packed(made)


# --- cells ------------------------------------------------------------------------------------------


def test_cells_become_the_text_that_is_shown() -> None:
    cells = {
        "text": ("Zoë", "Zoë"),
        "number as text": (ANN, ANN),
        "a telephone number that became a quantity": (14155551234, "14155551234"),
        "with a point": (14155551234.0, "14155551234"),
        "a fraction": (3.5, "3.5"),
        "nothing": (0, "0"),
        "less than nothing": (-7, "-7"),
        "yes": (True, "TRUE"),
        "no": (False, "FALSE"),
        "a day": (datetime.date(2026, 12, 1), "2026-12-01"),
        "a moment": (datetime.datetime(2026, 12, 1, 14, 30), "2026-12-01 14:30"),
        "empty": (None, ""),
        "calculated": (Formula('"+1"&"3035550142"', ANN), ANN),
        "calculated to nothing": (Formula('""', ""), ""),
        "more digits than a spreadsheet has": (141555512345678901234, "1.41556E+20"),
        "a leading zero in a text": ("07400123456", "07400123456"),
        "letters that mean something in XML": ("<Ann & Ben>", "<Ann & Ben>"),
        "a line break": ("Ann\nBen", "Ann\nBen"),
        "another script": ("王小明", "王小明"),
        "beyond the first plane": ("🙂", "🙂"),
    }
    names = [f"c{n}" for n in range(len(cells))]

    (row,) = found(workbook([["phone", *names], [ANN, *(given for given, _ in cells.values())]])).table

    assert [row.cells[name] for name in names] == [shown for _, shown in cells.values()]


@pytest.mark.parametrize(
    "quantity", [1.4155e10, 14155000000, 1.41555e10, 13035500000, 4.91512e11, 447400100000, 1e9, 10**14]
)
def test_a_quantity_that_ends_in_many_zeros_may_have_lost_its_digits(quantity: float) -> None:
    first, second = found(workbook([["phone"], [quantity], [14155551234]])).table

    assert (first.rounded, second.rounded) == ({"phone"}, frozenset())


# --- where the list is --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "phone", "lines"),
    [
        ([["Phone"], [ANN]], "Phone", [2]),
        ([["who", "where to reach"], ["Ann", ANN]], "where to reach", [2]),
        ([[None], [], ["Phone"], [ANN]], "Phone", [4]),
        ([["Customers of May"], [], ["Name", "Phone"], ["Ann", ANN]], "Phone", [4]),
        ([["Customers of May", None, "draft"], ["Name", "City", "Phone"], ["Ann", "Denver", ANN]], "Phone", [3]),
        ([["Call us: +1 303 555 0199"], ["who", "city", "line"], ["Ann", "Denver", ANN]], "line", [3]),
        ([["Name", "Mobile"], ["Ann", "not given"], ["Ben", BEN], ["Cy", ANN]], "Mobile", [2, 3, 4]),
        ([["Name", "Phone"], [], ["Ann", ANN], [None, None], ["Ben", BEN], []], "Phone", [3, 5]),
        ([[None, None, "Name", "Phone"], [None, None, "Ann", ANN]], "Phone", [2]),
        ([["Name", "Phone", None], ["Ann", ANN, "a note without a heading"]], "Phone", [2]),
        ([["Nome", "Telefone"], ["Ana", 13035550142]], "Telefone", [2]),
        ([["a", "b"], ["x", "(303) 555-0142"], ["y", "303.555.0143"]], "b", [2, 3]),
        ([["Phone", "Name"], [ANN]], "Phone", [2]),
        ([["id", "line"], [7, ANN], [8, BEN]], "line", [2, 3]),
    ],
)  # fmt: skip
def test_header_and_column_of_numbers_are_found_by_content(
    rows: Sequence[Sequence[object]], phone: str, lines: list[int]
) -> None:
    people = found(workbook(rows))

    assert (people.phone, [row.line for row in people.table]) == (phone, lines)
    assert people.table.rows == len(lines)


NOTES, LIST = [["to do"], ["call them"]], [["Phone"], [ANN]]


@pytest.mark.parametrize(
    ("content", "sheet", "title"),
    [
        (workbook(LIST), None, "Sheet1"),
        (workbook(NOTES, LIST), None, "Sheet2"),
        (workbook([], LIST), None, "Sheet2"),
        (workbook(Old=LIST, New=LIST), None, "Old"),
        (workbook(Old=LIST, New=LIST), "New", "New"),
        (workbook(Old=LIST, New=LIST), "new", "New"),
        (workbook(Kept=LIST, Seen=LIST, hidden=[1]), None, "Seen"),
        (workbook(Kept=LIST, Seen=LIST, hidden=[1]), "kept", "Kept"),
        (workbook(Kept=LIST, hidden=[1]), None, "Kept"),
        (workbook(Broken=[["Phone", "phone"], [ANN, BEN]], Fine=LIST), None, "Fine"),
        (workbook(Long=[["x" * 10_001]], Fine=LIST), None, "Fine"),
    ],
)
def test_the_sheet_is_found_by_content_or_told(content: bytes, sheet: str | None, title: str) -> None:
    assert found(content, sheet).sheet == title


# --- what is refused -----------------------------------------------------------------------------------

BROKEN = "the workbook is broken"
# Made when a test wants it: the bomb alone takes longer than all others.
REFUSED = {
    "cut off": (lambda: workbook(LIST)[:700], BROKEN),
    "its end is missing": (lambda: workbook(LIST)[:-30], BROKEN),
    "only the mark": (lambda: b"PK\x03\x04", BROKEN),
    "another archive": (lambda: packed({"notes.txt": "x"}), "no workbook"),
    "a document of letters": (lambda: packed({"word/document.xml": "<x/>"}), "no workbook"),
    "a binary workbook": (lambda: packed({"xl/workbook.bin": b"x"}), "binary workbook"),
    "an old workbook, or one with a password": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "with a password"),
    "no sheet with anything": (lambda: workbook([]), "nothing stands in any sheet"),
    "no numbers": (lambda: workbook([["name"], ["Ann"]]), "no column holds phone numbers"),
    "no header": (lambda: workbook([[ANN], [BEN]]), "has to name the columns"),
    "a formula that was never calculated": (lambda: workbook([["phone"], [ANN], [Formula("A2+1")]]), "A3 is a formula"),
    "a NUL": (lambda: workbook([["phone"], [ANN + "\0"]]), "a NUL character"),
    "a NUL by number": (lambda: workbook([["phone", "x"], [ANN, "a_x0000_b"]]), "a NUL character"),
    "a long cell": (lambda: workbook([["phone", "x"], [ANN, "x" * 10_001]]), "line 2: a cell of more than 10000 characters"),
    "two columns of one name": (lambda: workbook([["phone", "Name", "name"], [ANN, "a", "b"]]), "two columns are called"),
    "too many columns": (lambda: workbook([["phone", *(f"c{n}" for n in range(200))], [ANN]]), "201 columns, more than 200"),
    "entities": (
        lambda: sheet_of(LIST, sheet=lambda xml: f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>{xml}'),
        "declares entities",
    ),
    "entities that grow": (
        lambda: sheet_of(LIST, book=lambda xml: f'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>{xml}'),
        "declares entities",
    ),
    "entities in two bytes a letter": (
        lambda: sheet_of(
            LIST,
            sheet=lambda xml: codecs.BOM_UTF16_LE + f'<!DOCTYPE x [<!ENTITY a "b">]>{xml}'.encode("utf-16-le"),
        ),
        "declares entities",
    ),
    "no XML": (lambda: sheet_of(LIST, sheet=lambda _: "<worksheet><sheetData><row"), BROKEN),
    "a bomb": (lambda: packed({**parts_of({"P": LIST}), "xl/media/a.bin": b"\0" * (300 << 20)}), "too large once it is unpacked"),
    "an endless cell": (
        lambda: sheet_of(LIST, sheet=lambda xml: xml.replace(ANN, "1" * (40 << 20))),
        "a cell is too long",
    ),
    "a cell at the end of the world": (
        lambda: sheet_of(LIST, sheet=lambda xml: xml.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')),
        "too much memory or time",
    ),
    "a sheet whose rows are too many": (lambda: workbook([["phone"], *([ANN] for _ in range(1001))]), "more than 1000 rows"),
    "more bytes than are taken": (lambda: b"PK\x03\x04" + b"0" * MOST_BYTES, "larger than 10 MB"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_broken_or_hostile_is_refused_and_it_is_said_why(name: str) -> None:
    content, words = REFUSED[name]

    assert words in refusal(content())


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    honest = packed({**parts_of({"P": LIST}), "xl/sharedStrings.xml": b" " * (64 << 20)})
    lying = honest.replace(struct.pack("<I", 64 << 20), struct.pack("<I", 100))

    assert BROKEN in refusal(lying)


def test_an_archive_whose_parts_have_a_password_is_refused() -> None:
    content = bytearray(workbook(LIST))
    # Bit 0 of the flags in the directory at the end.
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert "has a password" in refusal(bytes(content))


def test_a_sheet_that_is_not_there_is_named_with_those_that_are() -> None:
    content = workbook(Old=LIST, New=LIST)

    assert refusal(content, "May") == "no sheet with a list is called May: `Old, New`"
    assert refusal(b"phone\n+13035550142\n", "May") == "only a workbook has sheets"


def test_a_sheet_that_is_told_and_is_wrong_says_what_is_wrong() -> None:
    content = workbook(Long=[["x" * 10_001]], Fine=LIST)

    assert "sheet 'Long': line 1: a cell of more than" in refusal(content, "long")


def test_a_name_says_nothing_of_what_is_in_a_file() -> None:
    assert found(b"phone\n+13035550142\n").sheet is None


def test_who_reads_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "TIME_S", 0.001)

    assert "too much memory or time" in refusal(workbook(LIST))


def test_the_program_that_reads_knows_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def run(argv: list[str], **given: Any) -> Any:
        started.append((argv, given["env"]))
        return subprocess.CompletedProcess(argv, -9)

    monkeypatch.setattr(unpacking.subprocess, "run", run)

    assert "too much memory or time" in refusal(workbook(LIST))
    assert [(argv[1], env) for argv, env in started] == [("-I", {})]
