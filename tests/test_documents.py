"""What the texts of the repository say is there: the paths, commands and targets that they name."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from voicebot import cli

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
TEXTS = (README, *sorted(ROOT.glob("docs/**/*.md")))
# As `storage/{calls,turns}.py`: what is in braces stands for several.
PATH = re.compile(r"(?<![\w./-])((?:[a-z_]+/)+(?:[a-z_]+|\{[a-z_]+(?:,[a-z_]+)+\})\.(?:py|md|sql|tsv))(?!\w)")
CALLER = re.compile(r"\b(?:services|webhooks)/[a-z_/]+[a-z_]")
# One command of README's list, as `calls list|show` or `reconcile --since`; the words that explain it are longer.
COMMAND = re.compile(r"([a-z]+)(?: ([a-z]+(?:\|[a-z]+)*))?(?: --[a-z]+)?")

SOME_ID = "2caa379c-66ea-4808-a041-094bda4ee83c"


def written() -> Iterator[tuple[Path, str]]:
    """Every text, also the comments of the code, with the file that it stands in."""
    for path in (
        *TEXTS,
        *ROOT.glob("voicebot/**/*.py"),
        *ROOT.glob("webhooks/*.py"),
        *ROOT.glob("sql/**/*.sql"),
    ):
        yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def spelt_out(path: str) -> list[str]:
    before, brace, rest = path.partition("{")
    inside, _, after = rest.partition("}")
    return [f"{before}{name}{after}" for name in inside.split(",")] if brace else [path]


def is_there(path: str) -> bool:
    return any(
        (folder / path).exists()
        for folder in (ROOT, ROOT / "voicebot", ROOT / "docs", ROOT / "sql" / "functions")
    )


def test_every_file_that_is_named_is_there():
    named = [
        (file, one) for file, text in written() for path in PATH.findall(text) for one in spelt_out(path)
    ]

    assert len(named) > 30
    assert [f"{file} names {path}" for file, path in named if not is_there(path)] == []


def test_the_picture_of_the_architecture_has_every_folder():
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
    places = (
        "voicebot/services",
        "voicebot/services/calls",
        "voicebot/domain",
        "voicebot/providers",
        "sql/functions",
    )
    folders = {
        folder.name
        for place in places
        for folder in (ROOT / place).iterdir()
        if folder.is_dir() and folder.name != "__pycache__"
    }

    assert {name for name in folders if f"{name}/" not in picture} == set()


def test_every_promise_names_tests_that_are_there():
    rows = re.findall(
        r"^\| (\*\*\d+\..*)$", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("simulator/tests/**/test_*.py")]
    tests = "\n".join(path.read_text(encoding="utf-8") for path in files)
    there = set(re.findall(r"^(?:async )?def (test_\w+)", tests, re.MULTILINE))

    assert [int(row[2:].split(".")[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert [row for row in rows if "`test_" not in row] == []
    assert {name for row in rows for name in re.findall(r"`(test_\w+)`", row)} - there == set()


def test_functions_name_callers_that_exist():
    named = [
        (file, caller)
        for file, text in written()
        if file.suffix == ".sql"
        for line in text.splitlines()
        if "; called by " in line
        for caller in CALLER.findall(line)
    ]

    assert named
    assert [f"{file} names {caller}" for file, caller in named if not is_there(f"{caller}.py")] == []


def test_readme_lists_every_command_and_no_other():
    block = README.read_text(encoding="utf-8").split("## Commands\n")[1].split("```")[1]
    pieces = [piece.removeprefix("python -m voicebot ") for piece in re.split(r"\n| {2,}", block)]
    listed = {match[1]: set((match[2] or "").split("|")) for match in map(COMMAND.fullmatch, pieces) if match}

    assert listed == {name: subcommands(parser) or {""} for name, parser in choices(cli.parser()).items()}


def test_every_command_that_is_named_is_there():
    known = choices(cli.parser())
    named = {name for file in TEXTS for name in re.findall(r"python -m voicebot ([a-z]+)", code_of(file))}

    assert {"serve", "worker", "migrate", "backup", "restore"} <= named <= set(known)


def test_every_command_line_of_the_docs_can_be_typed():
    parser, tried = cli.parser(), 0
    for path in ROOT.glob("docs/*.md"):
        text = re.sub(r"\\\n\s*", " ", path.read_text(encoding="utf-8").replace("$(date +%F)", "today"))
        for line in re.findall(r'(?<!")python -m voicebot ([^\n`#|)]+)', text):
            words = [SOME_ID if word == "ID" else word for word in shlex.split(line)]
            if words and not any("…" in word or word == "COMMAND" for word in words):
                tried += 1
                # What is not there ends the program here.
                assert parser.parse_args(words).run, line

    assert tried > 30


def choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(groups[0].choices) if groups else {}


def subcommands(parser: argparse.ArgumentParser) -> set[str]:
    return set(choices(parser))


def test_every_target_that_is_named_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name for path in TEXTS for name in re.findall(r"(?:^|`)make ([a-z]+)\b", code_of(path), re.MULTILINE)
    }

    assert {"demo", "test"} <= named <= targets


def code_of(path: Path) -> str:
    """What stands between backticks, alone or as a block."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", path.read_text(encoding="utf-8"), re.DOTALL))


def test_the_glossary_owns_each_word_once():
    table = README.read_text(encoding="utf-8").split("## Glossary\n")[1].split("\n## ")[0]
    words = re.findall(r"^\| ([a-z ]+) \| \S", table, re.MULTILINE)

    assert len(words) == len(set(words))
    assert {"setup", "plan", "background", "line", "brain", "carrier"} <= set(words)
    assert {"call", "turn", "thread", "channel", "hint", "document", "house", "claim", "fact"} <= set(words)
    assert {"owner", "call log", "dial", "outbox", "outbox state", "catalogue"} <= set(words)
