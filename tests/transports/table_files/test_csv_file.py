"""Files as people and their programs write them: read, or refused in words that name and show what is wrong."""

import codecs
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from voicebot.transports.table_files.csv_file import Column, TableLimits
from voicebot.transports.table_files.refused import FileRefused
from voicebot.transports.table_files.table import read_table, source_of

COLUMNS = (
    Column("number", ("phone_number", "phone", "telefon"), needed=True),
    Column("name", ("first_name", "prénom", "name")),
)
PLAIN = "phone_number,first_name\n+12025550123,Zoë\n+4915112345678,Łukasz\n"
LATIN = "phone_number,first_name\n+12025550123,Zoë\n+4915112345678,Jürgen – “Jo”\n"


def rows(content: bytes | str, **limits: int) -> list[tuple[int, str, str]]:
    sent = content.encode() if isinstance(content, str) else content
    table = read_table(source_of(sent), COLUMNS, TableLimits(**limits))
    found = [(row.line, row.cells["number"], row.cells.get("name", "")) for row in table]
    assert len(found) == table.rows
    return found


def refusal(content: bytes | str, **limits: int) -> str:
    with pytest.raises(FileRefused) as refused:
        rows(content, **limits)
    return str(refused.value)


# --- encodings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-32"),
        PLAIN.replace("\n", "\r\n").encode("utf-16"),
    ],
)
def test_every_encoding_that_programs_write_is_read(sent):
    assert rows(sent) == [(2, "+12025550123", "Zoë"), (3, "+4915112345678", "Łukasz")]


def test_what_is_no_utf_8_is_windows_1252():
    assert rows(LATIN.encode("cp1252")) == [
        (2, "+12025550123", "Zoë"),
        (3, "+4915112345678", "Jürgen – “Jo”"),
    ]


@pytest.mark.parametrize(
    "name", ["Åsa", "Łukasz", "Ελένη", "Иван", "محمد", "नेहा", "王小明", "たろう", "김철수", "🙂", "e\u0301"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_names_of_all_scripts_arrive(name, encoding):
    assert rows(f"phone;name\n+12025550123;{name}\n".encode(encoding)) == [(2, "+12025550123", name)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "cp1252"])
def test_pieces_may_end_anywhere(size, encoding):
    sent = 'phone;name\r\n+1;"Zoë\r\nÅ"\r\n+2;é\r\n'.encode(encoding)
    table = read_table(lambda: (sent[n : n + size] for n in range(0, len(sent), size)), COLUMNS)

    assert [(row.line, row.cells["name"]) for row in table] == [(2, "Zoë\r\nÅ"), (4, "é")]


# --- what separates, and what ends ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "phone,name\n+1,Ann\n",
        "phone;name\n+1;Ann\n",
        "phone\tname\n+1\tAnn\n",
        "phone|name\n+1|Ann\n",
        "sep=;\nphone;name\n+1;Ann\n",
        "sep=,\r\nphone,name\r\n+1,Ann\r\n",
        '"sep=;"\nphone;name\n+1;Ann\n',
        "SEP=|\nphone|name\n+1|Ann\n",
        "sep=\t\nphone\tname\n+1\tAnn\n",
        "sep=^\nphone^name\n+1^Ann\n",
        "\ufeffsep=;\nphone;name\n+1;Ann\n",
        "phone , name \n +1 , Ann \n",
        "phone, name\n+1, Ann\n",
        '"phone","name"\n"+1","Ann"\n',
        '"phone";"name"\r\n"+1";"Ann"\r\n',
        "'a;b',phone,name\nx,+1,Ann\n",
        "name,phone\nAnn,+1\n",
        "id,name,e-mail,phone,,\n7,Ann,a@b.c,+1,,\n",
        "Phone;Name;a,b,c\n+1;Ann;x,y,z\n",
        "PHONE NUMBER,First Name\n+1,Ann\n",
        "phone-number,first-name\n+1,Ann\n",
        "Telefon;Prénom\n+1;Ann\n",
        "\u200ephone\u200b,\u202aname\u202c\n+1,Ann\n",
        "\n\n,,,\nphone,name\n+1,Ann\n",
        "phone,name\n\n,,\n  \n+1,Ann\n\x1a",
        "phone,name\r+1,Ann\r",
        "phone,name\r\n+1,Ann",
        "phone,name,,,\n+1,Ann,,,\n",
        "phone,name,,,\n+1,Ann, ,\u200b,\n",
    ],
)
def test_whatever_separates_the_cells_they_are_found(text):
    for ends in ("\n", "\r\n"):
        found = rows(
            text.replace("\r\n", "\n").replace("\n", ends) if "\r" not in text.replace("\r\n", "") else text
        )
        assert [(number.strip(), name.strip()) for _, number, name in found] == [("+1", "Ann")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('phone,name\n+1,"Ann\nLee"\n+2,Bo\n', [(2, "+1", "Ann\nLee"), (4, "+2", "Bo")]),
        ('phone,name\r\n+1,"A\r\n\r\nB"\r\n+2,Bo\r\n', [(2, "+1", "A\r\n\r\nB"), (5, "+2", "Bo")]),
        ('phone,name\n+1,"Ann ""Lee"" Fox"\n', [(2, "+1", 'Ann "Lee" Fox')]),
        ('phone,name\n+1,Ann "Lee" Fox\n', [(2, "+1", 'Ann "Lee" Fox')]),
        ('phone;name\n+1;"Fox; Ann"\n', [(2, "+1", "Fox; Ann")]),
        ('phone,name\n="+12025550123",Ann\n', [(2, '="+12025550123"', "Ann")]),
        ('phone,name\n"=""+12025550123""",Ann\n', [(2, '="+12025550123"', "Ann")]),
        ("phone,name\n+1\n", [(2, "+1", "")]),
        ("phone\n+1\n+2\n", [(2, "+1", ""), (3, "+2", "")]),
        ("phone,name\n", []),
        # A title or a remark above the names of the columns.
        ("Customers 2026\n\nphone,name\n+1,Ann\n", [(4, "+1", "Ann")]),
        ("Customers 2026;;\nof all shops;;\nphone;name\n+1;Ann\n", [(4, "+1", "Ann")]),
        ("# exported by a program\nphone,name\n+1,Ann\n", [(3, "+1", "Ann")]),
    ],
)
def test_cells_are_what_was_meant_and_lines_are_as_an_editor_counts(text, found):
    assert rows(text) == found


# --- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "the file has no line with the names of its columns"),
        (b"\n\n", "the file has no line with the names of its columns"),
        (b"name,age\nAda,3\n", "line 1: no column is called phone_number: `name, age`"),
        (b"+12025550123\n+12025550124\n", "line 1: no column is called phone_number: `+12025550123`"),
        (b"My list of May\n+1,Ann\n", "line 1: no column is called phone_number: `My list of May`"),
        (b"phone,phone\n1,2\n", "line 1: two columns are called `phone`"),
        (b"phone,Phone \n1,2\n", "line 1: two columns are called `phone`"),
        (b"phone,name\n+1,Ann\n+2,Smith, John\n", "line 3: 3 cells, and the first line has 2"),
        (b'phone,name\n+1,"Ann\n+2,Bo\n', 'line 2: a quote that opens in this line is not closed: `+1,"Ann`'),
        (b'phone,name\n+1,Ann\n+2,"Bo', 'line 3: a quote that opens in this line is not closed: `+2,"Bo`'),
        (b'phone,name\n+1,"Ann" Lee\n', "line 2: something follows a closing quote"),
        (b"phone,name\n+1,A\x00nn\n", "line 2: a NUL character: `+1,A<U+0000>nn`"),
        (b"phone\n\0\n", "line 2: a NUL character"),
        ("phone,name\n+1,Zoë\n".encode() + b"+2,Andr\xe9\n", "line 3: the text is UTF-8 but for the bytes shown as ?: `+2,Andr?"),
        (b"phone,name\n+1,Ann\n+2,\x81\xe9\n", "line 3: a byte that is neither UTF-8 nor Windows-1252"),
        (b"\xff\xfe\x00", "bytes that are no UTF-16"),
        (codecs.BOM_UTF8 + b"phone\n\xff\n", "line 2: bytes that are no UTF-8"),
        (codecs.BOM_UTF16_LE + "phone\n".encode("utf-16-le") + b"\x00\xd8\x00\xd8", "bytes that are no UTF-16"),
        (b"PK\x03\x04" + b"\0" * 100, "save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save the sheet as CSV"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"{\\rtf1\\ansi phone}", "plain text"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_is_wrong_and_shows_it_with_its_line(sent, words):
    assert words in refusal(sent)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("phone," * 201 + "name\n+1\n", "line 1: 202 columns, more than 200"),
        (";".join(["phone", *map(str, range(200))]) + "\n+1\n", "line 1: 201 columns, more than 200"),
        ("phone,name\n+1," + "x" * 10_001 + "\n", "line 2: a cell of more than 10000 characters"),
        ('phone,name\n+1,"' + "x\n" * 6000 + '"\n', "line 2: a cell of more than 10000 characters"),
        ("phone,name\n+1," + "," * 66_000 + "\n", "line 2: the line is longer than 65536 characters"),
        ("phone," + "x" * 70_000 + "\n+1\n", "line 1: the line is longer than 65536 characters"),
        ("x" * 3_000_000, "line 1: the line is longer than 65536 characters"),
        ('phone,name\n+1,"' + "x" * 200_000, "line 2: the line is longer than 65536 characters"),
        (
            'phone,name\n+1,"Ann\n' + "+2,Bo\n" * 100_000,
            "line 2: a quote that opens in this line is not closed",
        ),
        ("phone,name\n+1,Ann\n" + "1," * 250 + "1\n", "line 3: 251 cells, more than 200"),
        ("phone\n" + "+1\n" * 11, "line 12: more than 10 rows"),
    ],
)
def test_what_is_too_large_is_refused_before_any_row_is_given(sent, words):
    assert words in refusal(sent, rows=10)


def test_the_largest_that_is_allowed_is_read():
    wide = ",".join(["phone", *(f"c{n}" for n in range(199))])

    assert rows(f"{wide}\n+1,{'x' * 10_000}\n") == [(2, "+1", "")]
    assert len(rows("phone\n" + "+1\n" * 10, rows=10)) == 10


@pytest.mark.parametrize("broken", [b'+2,"Bo\n', b"+2,a,b\n", b"+2,\0\n", b"+2," + b"x" * 10_001 + b"\n"])
def test_a_file_that_is_broken_at_its_end_gives_no_row_at_all(broken):
    with pytest.raises(FileRefused, match="line 1002"):
        read_table(source_of(b"phone,name\n" + b"+1,Ann\n" * 1000 + broken), COLUMNS)


def test_a_header_of_nearly_a_megabyte_costs_neither_memory_nor_time():
    bomb = ",".join(["phone", *(str(n % 10) for n in range(190_000))]) + "\n" + "1\n" * 520

    tracemalloc.start()
    began = time.process_time()
    assert "longer than 65536" in refusal(bomb)
    took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8_000_000
    assert took < 2


def test_a_file_of_any_size_is_read_in_the_memory_of_a_line():
    def pieces() -> Iterator[bytes]:
        yield b"phone;name;notes\n"
        for n in range(150):
            yield b"".join(b"+1202555%04d;Ann;%s\n" % (m, b"x" * 500) for m in range(n, n + 100))

    tracemalloc.start()
    table = read_table(pieces, COLUMNS)
    count = sum(1 for _ in table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    # 8 MB of file; a piece of it is 50 kB.
    assert (table.rows, count) == (15_000, 15_000)
    assert peak < 1_500_000


def test_only_what_is_wanted_is_kept():
    (row,) = read_table(source_of(b"phone,name,secret\n+1,Ann,hidden\n"), COLUMNS)

    assert row.cells == {"number": "+1", "name": "Ann"}


def test_columns_without_a_name_at_the_end_may_hold_something():
    assert rows("phone,name,,\n+12025550123,Ann,a,b\n") == [(2, "+12025550123", "Ann")]
