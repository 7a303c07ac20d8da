"""`campaigns`: from a list of people to the report."""

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from tests.services.tables.workbooks import Formula, workbook
from tests.support.command_line import Run, environ, run

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
EXAMPLE = Path(__file__).parents[2] / "examples" / "people.csv"


@pytest.fixture(autouse=True)
def nothing_waits(owner: Any) -> None:
    owner.execute("delete from public.call_queue")
    owner.execute("delete from public.campaigns")


def made(run: Run, *more: str) -> str:
    code, out, error = run("campaigns", "new", "spring", "--purpose", "asked_for", *more, "--json")
    assert (code, error) == (0, "")
    return str(json.loads(out)["id"])


def test_the_sample_file_goes_all_the_way_to_the_report(run: Run, tmp_path: Path) -> None:
    campaign, bad = made(run, "--lines", "3"), tmp_path / "bad.csv"

    looked = run("campaigns", "import", campaign, str(EXAMPLE), "--report", str(bad))
    imported = run("campaigns", "import", campaign, str(EXAMPLE), "--skip-bad")
    again = json.loads(run("campaigns", "import", campaign, str(EXAMPLE), "--skip-bad", "--json")[1])
    preview = run("campaigns", "preview", campaign)
    started = run("campaigns", "start", campaign)
    edited = run("campaigns", "edit", campaign, "--lines", "9", "--rate", "0.5", "--hours", "mon-fri 9-17")
    paused, resumed = run("campaigns", "pause", campaign), run("campaigns", "resume", campaign)
    report = json.loads(run("campaigns", "report", campaign, "--json")[1])
    canceled = run("campaigns", "cancel", campaign)
    listed = run("campaigns", "list")

    assert looked[0] == 1
    assert "Numbers are read from the column 'mobile'." in looked[1]
    assert "8 rows: 0 imported, 2 rejected, 1 duplicate, 5 good ones not imported" in looked[1]
    assert "a spreadsheet lost its last digits" in looked[1]
    assert [row["row"] for row in csv.DictReader(bad.open())] == ["5", "8"]
    assert "8 rows: 5 imported, 2 rejected, 1 duplicate." in imported[1]
    assert (again["imported"], again["rejected"], again["duplicates"]) == (0, 2, 6)
    assert preview[0] == 0 and "5 people wait" in preview[1]
    assert "spring: runs." in started[1]
    assert "9 lines, 0.5 calls a second" in edited[1] and "hours mon-fri 09:00-17:00" in edited[1]
    assert "is paused" in paused[1] and "goes on" in resumed[1]
    assert (report["people"], report["by_status"]) == (5, {"queued": 5})
    assert "is canceled" in canceled[1]
    assert campaign in listed[1] and "canceled" in listed[1]


def test_the_sample_workbook_goes_the_same_way(run: Run, tmp_path: Path) -> None:
    campaign, bad = made(run), tmp_path / "bad.csv"
    book = str(EXAMPLE.with_suffix(".xlsx"))

    looked = run("campaigns", "import", campaign, book, "--dry-run", "--report", str(bad))
    told = json.loads(run("campaigns", "import", campaign, book, "--skip-bad", "--json")[1])
    notes = run("campaigns", "import", campaign, book, "--sheet", "notes")
    missing = run("campaigns", "import", campaign, book, "--sheet", "May")

    assert "Numbers are read from the column 'mobile' of the sheet 'People'." in looked[1]
    assert "8 rows: 0 imported, 2 rejected, 1 duplicate, 5 good ones not imported." in looked[1]
    assert [(row["row"], row["reason"][:13]) for row in csv.DictReader(bad.open())] == [
        ("7", "a spreadsheet"), ("11", "no phone numb"),
    ]  # fmt: skip
    assert (told["sheet"], told["imported"], told["rejected"], told["duplicates"]) == ("People", 5, 2, 1)
    assert (notes[0], "no column holds phone numbers" in notes[2]) == (2, True)
    assert (missing[0], "`Notes, People`" in missing[2]) == (2, True)


def test_the_bad_rows_are_mended_and_imported_again(run: Run, tmp_path: Path) -> None:
    campaign, bad = made(run), tmp_path / "bad.csv"
    run("campaigns", "import", campaign, str(EXAMPLE), "--skip-bad", "--report", str(bad))

    bad.write_text(bad.read_text().replace("1.3035E+10", "+13035550145").replace("not given", "+13035550148"))
    again = json.loads(run("campaigns", "import", campaign, str(bad), "--json")[1])

    assert (again["imported"], again["rejected"], again["duplicates"]) == (2, 0, 0)
    assert again["variables"] == ["city", "first_name", "last_name"]


def test_people_and_report_are_printed_as_tables(run: Run) -> None:
    campaign = made(run)
    run("campaigns", "import", campaign, str(EXAMPLE), "--skip-bad")

    shown = run("campaigns", "people", campaign)
    people = list(csv.DictReader(run("campaigns", "people", campaign, "--csv")[1].splitlines()))
    listed = json.loads(run("campaigns", "people", campaign, "--json")[1])["people"]
    figures = list(csv.DictReader(run("campaigns", "report", campaign, "--csv")[1].splitlines()))
    unknown = run("campaigns", "people", "00000000-0000-4000-8000-000000000000", "--csv")

    assert "+13035550142" in shown[1] and "queued" in shown[1]
    assert [row["to"] for row in people] == [row["to"] for row in listed]
    assert json.loads(people[0]["variables"]) == {"first_name": "Ana", "last_name": "Reyes", "city": "Denver"}
    assert {"figure": "people", "name": "", "value": "5"} in figures
    assert (unknown[0], "There is no such campaign" in unknown[2]) == (1, True)


def test_a_preview_says_what_it_takes_and_costs(run: Run) -> None:
    campaign = made(run)
    run("campaigns", "import", campaign, str(EXAMPLE), "--skip-bad")

    words = " ".join(run("campaigns", "preview", campaign)[1].split())

    assert "(with calls of 2 minutes), were it alone" in words
    assert "one call to each costs about 0.14 USD (by the carrier's list, while no call has a price)" in words


FILES = {
    "semicolons and a mark": (b"\xef\xbb\xbfName;Telefon\r\nAnn;+1 303 555 0142\r\n", (1, 0, 0)),
    "tabs": (b"phone\tname\n+13035550142\tAnn\n", (1, 0, 0)),
    "utf-16": ("phone,name\n+13035550142,Zoë\n".encode("utf-16"), (1, 0, 0)),
    "tabs in utf-16, as Excel saves Unicode text": (
        "Name\tTelefon\r\nZoë\t+13035550142\r\n".encode("utf-16"),
        (1, 0, 0),
    ),
    "semicolons in windows-1252": ("Prénom;Téléphone\r\nZoë;+13035550142\r\n".encode("cp1252"), (1, 0, 0)),
    "sep= in the first line": (b"sep=;\r\nName;Phone\r\nAnn;+13035550142\r\n", (1, 0, 0)),
    "a plus that was lost": (b"phone\n13035550142\n1 303 555 0143\n", (2, 0, 0)),
    "a plus that was lost abroad": (b"phone\n4930901820123\n+13035550142\n", (1, 1, 0)),
    "a workbook": (workbook([["Phone"], [13035550142], ["+13035550143"]]), (2, 0, 0)),
    "a workbook with a rounded quantity": (workbook([["Phone"], [1.4155e10], [13035550143]]), (1, 1, 0)),
    "a workbook with a day for a number": (
        workbook([["Phone"], [datetime.date(2026, 12, 1)], [13035550143]]),
        (1, 1, 0),
    ),
    "any header": (b"who,where to reach\nAnn,(303) 555-0142\nBen,303-555-0143\n", (2, 0, 0)),
    "numbers twice": (b"phone\n+13035550142\n(303) 555-0142\n", (1, 0, 1)),
    "rounded by a spreadsheet": (b"phone\n1.4155E+10\n+13035550142\n", (1, 1, 0)),
    "an extension": (b"phone\n303-555-0142 x12\n+13035550142\n", (1, 1, 0)),
    "rounded with a comma": (b'phone\n"1,4155E+10"\n+13035550142\n', (1, 1, 0)),
    "kept as a quantity": (b"phone\n13035550142.0\n", (1, 0, 0)),
    "an apostrophe for the spreadsheet": (b"phone\n'+13035550142\n", (1, 0, 0)),
    "a premium number": (b"phone\n+19005550142\n+13035550142\n", (1, 1, 0)),
    "another country": (b"phone\n+4930901820\n+13035550142\n", (1, 1, 0)),
    "a satellite": (b"phone\n+8821612345678\n+13035550142\n", (1, 1, 0)),
    "short codes": (b"phone\n911\n+13035550142\n", (1, 1, 0)),
    "an address": (b"phone\nsip:ann@example.com\n+13035550142\n", (1, 1, 0)),
    "an empty cell": (b"phone,name\n,Ann\n+13035550142,Ben\n", (1, 1, 0)),
    "blank lines": (b"phone\n\n+13035550142\n\n\n", (1, 0, 0)),
    "words in the cell": (b"phone\n+13035550142\n+13035550143\nask her mother\n", (2, 1, 0)),
    "a long cell": (b"phone,note\n+13035550142," + b"x" * 2001 + b"\n+13035550143,y\n", (1, 1, 0)),
}


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_imported_rejected_or_a_duplicate(run: Run, tmp_path: Path, name: str) -> None:
    content, expected = FILES[name]
    file = tmp_path / "people.csv"
    file.write_bytes(content)

    code, out, error = run("campaigns", "import", made(run), str(file), "--skip-bad", "--json")

    told = json.loads(out)
    assert error == ""
    assert (told["imported"], told["rejected"], told["duplicates"]) == expected
    assert told["rows"] == sum(expected)
    assert code == (1 if expected[1] else 0)


UNREADABLE = {
    "nothing": (b"", "no line with the names"),
    "no header": (b"+13035550142\n+13035550143\n", "has to name the columns"),
    "no numbers": (b"name,city\nAnn,Denver\n", "no column holds phone numbers"),
    "a NUL": (b"phone\n+1303\x0000142\n", "NUL"),
    "a workbook that is broken": (b"PK\x03\x04rest", "the workbook is broken"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old Excel workbook"),
    "a formula without its result": (
        workbook([["phone"], [Formula("A1")]]),
        "A2 is a formula without its result",
    ),
    "a quote that stays open": (b'phone\n"+13035550142\n', "not closed"),
    "one endless line": (b"phone\n" + b"1" * 70_000 + b"\n", "longer than"),
    "too many cells": (b"phone\n+13035550142,a,b\n", "put quotes around"),
    "two columns of one name": (b"phone,Name,name\n+13035550142,a,b\n", "two columns are called"),
    "too many columns": (b",".join(b"c%d" % n for n in range(201)) + b"\n", "more than 200"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_list_of_people_is_refused_and_nobody_is_imported(
    run: Run, tmp_path: Path, owner: Any, name: str
) -> None:
    content, words = UNREADABLE[name]
    file = tmp_path / "people.csv"
    file.write_bytes(content)

    code, _, error = run("campaigns", "import", made(run), str(file), "--skip-bad")

    assert code == 2
    assert words in error
    assert owner.execute("select count(*) from public.call_queue").fetchone() == (0,)


def test_the_column_of_numbers_can_be_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("home,work\n+13035550142,+13035550143\n")
    campaign = made(run)

    told = json.loads(run("campaigns", "import", campaign, str(file), "--phone-column", "Work", "--json")[1])
    wrong = run("campaigns", "import", campaign, str(file), "--phone-column", "fax")

    assert (told["phone_column"], told["variables"], told["unused"]) == ("work", ["home"], ["home"])
    assert wrong[0] == 2 and "no column is called fax" in wrong[2]


def test_a_campaign_that_would_call_nobody_is_not_started_by_mistake(run: Run) -> None:
    campaign = json.loads(run("campaigns", "new", "spring", "--purpose", "service", "--json")[1])["id"]
    run("campaigns", "import", campaign, str(EXAMPLE), "--skip-bad")

    code, _, refused = run("campaigns", "start", campaign)
    noted = run(
        "campaigns", "import", campaign, str(EXAMPLE), "--skip-bad", "--consent", "asked at the counter"
    )
    agreed = run("campaigns", "start", campaign)

    assert code == 1
    assert "Nobody of it would be called. 5: nobody noted that the person agreed to such calls." in refused
    assert f"campaigns import {campaign} FILE --consent WORDS` notes it" in refused
    assert "What they agreed to is noted" in noted[1]
    assert agreed[0] == 0


def test_a_variable_that_no_column_gives_is_named_before_anybody_is_called_without_it(
    run: Run, tmp_path: Path
) -> None:
    file, template = tmp_path / "people.csv", tmp_path / "mine.yaml"
    file.write_text("phone,Vorname\n+13035550142,Ann\n")
    template.write_text(
        "name: By name\ngreeting: Hello {{first_name}}, here is {{line}}.\nvariables: {first_name: there}\n"
    )
    run("templates", "apply", str(template), "--publish")

    looked = run("campaigns", "import", made(run, "--template", "By name"), str(file), "--dry-run")

    assert "No column gives first_name: the template's own words stand in." in looked[1]


def test_a_campaign_that_would_call_nobody_is_started_all_the_same_by_yes(run: Run) -> None:
    campaign = json.loads(run("campaigns", "new", "spring", "--purpose", "marketing", "--json")[1])["id"]
    run("campaigns", "import", campaign, str(EXAMPLE), "--skip-bad")

    assert run("campaigns", "start", campaign, "--yes")[0] == 0


def test_a_report_of_bad_rows_starts_no_formula(run: Run, tmp_path: Path) -> None:
    file, bad = tmp_path / "people.csv", tmp_path / "bad.csv"
    file.write_text('phone,name\n12,"=HYPERLINK(""http://x"")"\n+13035550142,@sum\n+13035550143,Ann\n')

    run("campaigns", "import", made(run), str(file), "--report", str(bad))

    (row,) = csv.DictReader(bad.open())
    assert (row["name"][:2], row["reason"]) == ("'=", "no phone number")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            ["new", "x", "--template", "none such"],
            "template: There is no such template. `python -m voicebot templates list` shows",
        ),
        (["new", "x", "--hours", '{"mon": [["21:00", "8:00"]]}'], "time_window: Mon: a span is"),
        (["new", "x", "--redial", '{"busy": [1]}'], "redial: Busy: a delay is"),
        (["new", "x", "--hours", "nonsense"], "expected hours like `mon-fri 09:00-17:00"),
        (["new", "x", "--rate", "0"], "calls a second"),
        (["start", "nonsense"], "expected the id of a campaign"),
        (["start", "00000000-0000-4000-8000-000000000000"], "There is no such campaign"),
        (["preview", "00000000-0000-4000-8000-000000000000"], "There is no such campaign"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(run: Run, given: list[str], words: str) -> None:
    code, _, error = run("campaigns", *given)

    assert code in (1, 2)
    assert words in error


def test_editing_nothing_says_what_can_be_edited(run: Run) -> None:
    code, _, error = run("campaigns", "edit", made(run))

    assert code == 2 and "--template" in error
