"""`handbook 1.7` in a comment, and every file that a handbook names, is there to be read."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vectors import PROVIDERS, PROVIDERS_HANDBOOK, TWILIO, TWILIO_HANDBOOK, read

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("voicebot", "webhooks", "simulator", "sql", "benchmarks", "tests", "prompts", "docs", "deploy")
HEADING = re.compile(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", re.MULTILINE)
NUMBER = r"\d{1,2}(?:\.\d{1,2})?(?!\d)"
# `handbook 1.7`, `handbook 1.2, 9`, `handbook 6.2-6.4`; the other handbook is named `providers' handbook 6.4`.
REFERENCE = re.compile(rf"(providers' )?\bhandbook ({NUMBER}(?:(?:, | and |-){NUMBER})*)", re.IGNORECASE)
LINE_END = re.compile(r"\s*\n\s*(?:#|--)?\s*")


def sections(handbook: Path) -> set[str]:
    return set(HEADING.findall(handbook.read_text(encoding="utf-8")))


def references(text: str) -> Iterator[tuple[Path, str]]:
    """Yield each section that a text names, with the handbook that it means."""
    for whose, numbers in REFERENCE.findall(LINE_END.sub(" ", text)):
        yield from (
            (PROVIDERS_HANDBOOK if whose else TWILIO_HANDBOOK, one) for one in re.findall(NUMBER, numbers)
        )


def written() -> Iterator[tuple[Path, str]]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".py", ".sql", ".md", ".json", ".yaml", ".toml") and file != Path(__file__):
                yield file.relative_to(ROOT), file.read_text(encoding="utf-8")


def test_every_section_that_is_named_is_in_its_handbook():
    known = {handbook: sections(handbook) for handbook in (TWILIO_HANDBOOK, PROVIDERS_HANDBOOK)}

    named = [(file, *one) for file, text in written() for one in references(text)]

    assert len(named) > 100
    assert {handbook for _, handbook, _ in named} == set(known)
    assert [
        f"{file} names {number}" for file, handbook, number in named if number not in known[handbook]
    ] == []


def test_a_handbook_names_sections_of_its_own_that_are_there():
    named = re.findall(r"§(\d+(?:\.\d+)?)", PROVIDERS_HANDBOOK.read_text(encoding="utf-8"))

    assert named
    assert set(named) <= sections(PROVIDERS_HANDBOOK)


@pytest.mark.parametrize(("handbook", "folder"), [(TWILIO_HANDBOOK, TWILIO), (PROVIDERS_HANDBOOK, PROVIDERS)])
def test_every_file_of_vectors_that_a_handbook_names_is_there(handbook, folder):
    named = set(re.findall(r"\b([a-z_]+\.json)\b", handbook.read_text(encoding="utf-8")))

    assert named
    assert named <= {file.name for file in folder.iterdir()}


def test_vectors_of_sound_name_the_very_files_beside_them():
    cases = [case for case in read(PROVIDERS / "silero_vad.json")["cases"] if "sha256" in case]

    assert cases
    for case in cases:
        assert hashlib.sha256((PROVIDERS / case["file"]).read_bytes()).hexdigest() == case["sha256"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as Twilio has it (HANDBOOK 1.9).", [(TWILIO_HANDBOOK, "1.9")]),
        (
            "Handbook 2.2, 2.3 and 1.5: verbs",
            [(TWILIO_HANDBOOK, "2.2"), (TWILIO_HANDBOOK, "2.3"), (TWILIO_HANDBOOK, "1.5")],
        ),
        ("(handbook 6.2-6.4).", [(TWILIO_HANDBOOK, "6.2"), (TWILIO_HANDBOOK, "6.4")]),
        ("Handbook 6.3, 14107: more than 15 replies", [(TWILIO_HANDBOOK, "6.3")]),
        ("the handbook\n    # 99.1 is none", [(TWILIO_HANDBOOK, "99.1")]),
        ("(providers' handbook 6.4)", [(PROVIDERS_HANDBOOK, "6.4")]),
        ("written from the handbook alone", []),
    ],
)
def test_the_reader_of_references_sees(text, found):
    assert list(references(text)) == found
