"""What stands in a cell, without what programs put around it and nobody sees."""

import pytest

from voicebot.domain.person.phone import parse_e164
from voicebot.transports.table_files.cells import cleaned, cleaned_number, column_key, is_rounded


@pytest.mark.parametrize(
    "cell",
    [
        "+12025550123",
        "(+1) 202 555 0123",
        "+ 1 202 555 0123",
        "Cell: 202-555-0123",
        "\u202a+12025550123\u202c",
        "\u202d+12025550123\u202c",
        "\u2066+12025550123\u2069",
        "\u200e+1 202-555-0123\u200f",
        "\ufeff+12025550123",
        "+1\u2011202\u2011555\u20110123",
        "+1\u2010202\u2010555\u20100123",
        "+1\u2013202\u2013555\u20130123",
        "+1\u2212202\u2212555\u22120123",
        "+1\uff0d202\uff0d555\uff0d0123",
        "+1\u00a0202\u00a0555\u00a00123",
        "+1\u202f202\u202f555\u202f0123",
        "+1\u2009202\u2009555\u20090123",
        "+1\u3000202\u3000555\u30000123",
        "+1\u200b202\u200b555\u200b0123",
        "+1\u2060202\u00ad5550123",
        "+1\t202\t5550123",
        "\uff0b\uff11\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
        '="+12025550123"',
        '= "+12025550123"',
        '="\u202a+12025550123\u202c"',
        "'+12025550123",
        "\u2019+12025550123",
        "tel:+12025550123",
        "\u201c+12025550123\u201d",
        "\u00ab+12025550123\u00bb",
        "'+12025550123'",
        '"+12025550123"',
        "Tel: +1 202 555 0123",
        "+1 (202) 555-0123",
        "+12025550123.0",
        "12025550123.0",
        "(202)\u00a0555\u20110123",
        "  2025550123  ",
        "=+12025550123",
        "0012025550123",
        "+\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0662\u0663",
        "\n+12025550123\r\n",
    ],
)
def test_a_number_is_the_same_however_it_was_copied(cell):
    assert parse_e164(cleaned_number(cell), "US") == "+12025550123"


@pytest.mark.parametrize(
    "cell", ["1.20256E+10", "1,20256E+10", "4.91512E+11", "+4.91512E+11", "1.2E10", "4E+11"]
)
def test_a_number_that_a_spreadsheet_rounded_is_known_as_such(cell):
    assert is_rounded(cleaned_number(cell))
    assert parse_e164(cleaned_number(cell), "US") is None


@pytest.mark.parametrize("cell", ["+12025550123", "0151 12345678", "12E", "E5", "1.5", "", "Ann E."])
def test_no_other_number_is_taken_for_a_rounded_one(cell):
    assert not is_rounded(cleaned_number(cell))


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("  Mary   Ann ", "Mary Ann"),
        ("Mary\u00a0Ann", "Mary Ann"),
        ("\u202aMary\u202c", "Mary"),
        ("\ufeffMary\u200b", "Mary"),
        ("Mary\nAnn\tLee", "Mary Ann Lee"),
        ("Mary\x07\x1b[31m", "Mary [31m"),
        ("O\u2019Brien", "O\u2019Brien"),
        ("'Aziz", "'Aziz"),
        ("Anne\u2011Marie", "Anne\u2011Marie"),
        ("نیلوفر\u200cخانم", "نیلوفر\u200cخانم"),
        ('="Mary"', "Mary"),
        ("e\u0301", "e\u0301"),
        ("\u200b", ""),
        ("", ""),
    ],
)
def test_a_name_keeps_its_letters_and_loses_what_nobody_sees(cell, name):
    assert cleaned(cell) == name


@pytest.mark.parametrize(
    "name",
    [
        "phone_number",
        "Phone Number",
        "PHONE-NUMBER",
        " phone  number ",
        "\ufeffphone_number",
        "phone\u00a0number",
        "Phone.Number:",
    ],
)
def test_a_column_is_the_same_however_its_name_is_written(name):
    assert column_key(name) == "phone_number"


def test_accents_make_no_other_column():
    assert (column_key("Prénom"), column_key("Teléfono"), column_key("Móvil")) == (
        "prenom",
        "telefono",
        "movil",
    )
