"""What leaves for a spreadsheet: nothing of it is executed there, and numbers stay numbers."""

import csv
import io

import pytest

from voicebot.transports.table_files.cells import cleaned
from voicebot.transports.table_files.export import MARK, csv_lines, harmless, with_semicolons

EXECUTED = (
    "=1+1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0", "+1+1", "+cmd|' /C calc'!A0", "-1+1", "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "   @SUM(1)", "=", "+", "-", "@", "--5", "+1 303 555 0142",
    "-5-5", "\uff1d1+1", "\uff0b1", "\uff0d1+1", "\uff20SUM(1)", "+13035550142+1", "=\u200b1", "-", "+1303abc",
)  # fmt: skip


@pytest.mark.parametrize("cell", EXECUTED)
def test_what_a_spreadsheet_would_execute_is_told_to_be_a_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "Ann", "+13035550142", "-5", "-5.25", "0", "3.5", "a=b", "1+1", "'quoted'", "{}", "ann@example.com", " x", "–5"]
)  # fmt: skip
def test_everything_else_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


@pytest.mark.parametrize("cell", ["=1+1", "-Cy", "@home", "+1 303 555 0142", "-5-5", "\uff1d1+1"])
def test_a_cell_that_comes_back_is_what_it_was(cell: str) -> None:
    assert cleaned(harmless(cell)).lstrip("=") == cell.lstrip("=")


def test_a_table_is_read_as_it_was_written() -> None:
    rows = [["name", "value"], ["a,b", 'say "hi"'], ["line\nbreak", None], ["Zoë", 5], ["", 0.5]]

    read = list(csv.reader(io.StringIO(b"".join(csv_lines(rows)).decode(), newline="")))

    assert read == [["" if cell is None else str(cell) for cell in row] for row in rows]


def test_a_table_for_a_comma_in_decimals_has_semicolons_however_its_bytes_come() -> None:
    rows = [
        ("name", "cost"),
        ('Zoë; "Z",\n2nd line', 0.5),
        ("+12025550123", -1.25),
        ("1.2.3", None),
        ("12.5 kg", 3),
    ]
    whole = MARK + b"".join(csv_lines(rows))

    said = b"".join(with_semicolons(whole[at : at + 1] for at in range(len(whole)))).decode()

    assert said.startswith("\ufeffname;cost\r\n")
    assert list(csv.reader(io.StringIO(said.removeprefix("\ufeff"), newline=""), delimiter=";"))[1:] == [
        ['Zoë; "Z",\n2nd line', "0,5"], ["+12025550123", "-1,25"], ["1.2.3", ""], ["12.5 kg", "3"],
    ]  # fmt: skip
