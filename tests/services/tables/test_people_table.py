"""Lists of people as programs and people write them: the numbers are found, or it is said what is in their way."""

import pytest

from voicebot.services.dialling.people_table import find_people, number_of
from voicebot.transports.table_files.cells import cleaned_number
from voicebot.transports.table_files.refused import FileRefused
from voicebot.transports.table_files.table import source_of


def numbers(text: str) -> list[str | None]:
    people = find_people(source_of(text.encode()), 100, "US", phone_column=None, sheet=None)
    return [number_of(cleaned_number(row.cells[people.phone]), "US") for row in people.table]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Customer export 2026-11-30\n\nName,Phone\nAnn,303-555-0142\n", ["+13035550142"]),
        ("Kunden 2026;;\nName;Telefon;Ort\nAnn;+49 (0) 151/23456789;Köln\n", ["+4915123456789"]),
        ("# exported by CRM\nPhone,Name\n(+1) 303 555 0142,Ann\n", ["+13035550142"]),
        ("Phone,Name\n+ 1 303 555 0142,Ann\n", ["+13035550142"]),
        ("Phone,Name\nCell: 303-555-0142,Ann\nWork: 303-555-0143,Bo\n", ["+13035550142", "+13035550143"]),
        ("Order,Contact No\n3035550199,303-555-0142\n3035550198,303-555-0143\n", ["+13035550142", "+13035550143"]),
        ("Natel;Name\n41791234567;Reto\n", ["+41791234567"]),
        ("Celular;Nome\n5511987654321;Ana\n", ["+5511987654321"]),
        ('"Clients, spring",,\nName,Phone,City\nAnn,303-555-0142,Rome\n', ["+13035550142"]),
        ("Phone,Name\nTel 303-555-0142,Ann\n303-555-0143 (mobile),Bo\n", ["+13035550142", "+13035550143"]),
        # Nobody dials an extension; the column is one of numbers all the same.
        ("Name,Phone\nAnn,303-555-0142 x12\nBo,(303) 555-0143 ext. 4\nCy,303-555-0144\n", [None, None, "+13035550144"]),
        ("Name,Home Phone,Mobile Phone\nAnn,303-555-0142,303-555-0143\n", ["+13035550143"]),
    ],
)  # fmt: skip
def test_the_numbers_of_a_list_are_found(text, found):
    assert numbers(text) == found


@pytest.mark.parametrize(
    "text", ["303-555-0142,Ann\n303-555-0143,Bo\n", "+13035550142;Ann\n+13035550143;Bo\n"]
)
def test_a_list_without_names_of_columns_loses_nobody_unseen(text):
    with pytest.raises(FileRefused, match="a number stands in it"):
        numbers(text)
