"""A clone with nothing beside it is whole: no path in the repository leads out of it."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Made here and not kept in the repository.
MADE = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
MADE |= {".hypothesis", ".voicebot", ".voicebot-demo", "build"}
READ = {".py", ".md", ".sql", ".sh", ".toml", ".yaml", ".yml", ".json", ".conf", ".service", ".txt", ""}
UPWARDS = re.compile(r"(?<![\w./-])(?:[\w.-]+/)*\.\./[^\s\"'`)>\]},;]*")
# Folders of somebody's own machine.
PRIVATE = re.compile(r"(?<![\w.:/~-])/(?:work|home|root|Users|mnt)/\w")
# What tests write to see it refused, beside paths of the repository in texts that they check.
HOSTILE = (".", "etc/passwd", "user", "Calls")


def files() -> Iterator[Path]:
    for folder, below, names in os.walk(ROOT):
        below[:] = sorted(set(below) - MADE)
        for name in sorted(set(names) - MADE):
            if Path(name).suffix in READ and (Path(folder) / name).is_file():
                yield Path(folder) / name


def complaints(file: Path, text: str) -> Iterator[str]:
    """Say which paths of a file lead out of the repository."""
    yield from (f"names {found}" for found in UPWARDS.findall(text) if leaves(file, found))
    yield from (f"names {found[0]}…" for found in PRIVATE.finditer(text))
    if file.suffix == ".py" and "__file__" in text:
        tree = ast.parse(text)
        depth = len(file.relative_to(ROOT).parts)
        known: dict[str, int] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                above = height(node.value, known)
                if above is not None:
                    known[node.targets[0].id] = above
            if isinstance(node, ast.expr) and (height(node, known) or 0) > depth:
                yield f"line {node.lineno} climbs out"


def leaves(file: Path, path: str) -> bool:
    """Links of documents start at their file, paths of programs where the program runs: at the root."""
    start = file.parent if file.suffix in (".md", ".json") else ROOT
    target = Path(os.path.normpath(start / path.split("#")[0]))
    if target == ROOT or ROOT in target.parents:
        return False
    below = str(PurePosixPath(*(part for part in PurePosixPath(path.split("#")[0]).parts if part != "..")))
    refused = below in HOSTILE or (ROOT / below).exists()
    return not (refused and file.suffix == ".py" and "tests" in file.relative_to(ROOT).parts)


def height(node: ast.AST, known: dict[str, int]) -> int | None:
    """Return how many steps above its own file an expression is; None for what does not come from `__file__`."""
    match node:
        case ast.Call(func=ast.Name(id="Path"), args=[ast.Name(id="__file__")]):
            return 0
        case ast.Name(id=name):
            return known.get(name)
        case ast.Call(func=ast.Attribute(value=inside, attr="resolve" | "absolute")):
            return height(inside, known)
        case ast.Attribute(value=inside, attr="parent"):
            return climbed(height(inside, known), 1)
        case ast.Subscript(
            value=ast.Attribute(value=inside, attr="parents"), slice=ast.Constant(value=int(steps))
        ):
            return climbed(height(inside, known), steps + 1)
        case ast.BinOp(left=inside, op=ast.Div(), right=ast.Constant(value=str(name))):
            return climbed(height(inside, known), 1 if name == ".." else -len(PurePosixPath(name).parts))
    return None


def climbed(start: int | None, steps: int) -> int | None:
    return None if start is None else start + steps


def test_no_path_leads_out_of_the_repository():
    read = list(files())

    found = [
        f"{file.relative_to(ROOT)} {wrong}"
        for file in read
        for wrong in complaints(file, file.read_text(encoding="utf-8"))
    ]

    assert {ROOT / "Makefile", ROOT / ".ci" / "run", ROOT / "README.md", Path(__file__)} <= set(read)
    assert found == []


UP = "../"


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        ("tests/domain/test_x.py", 'Path(__file__).parents[3] / "shared"', True),
        ("tests/domain/test_x.py", "Path(__file__).resolve().parents[2]", False),
        ("tests/domain/test_x.py", "Path(__file__).parent.parent.parent.parent", True),
        ("tests/domain/test_x.py", 'HERE = Path(__file__).parents[2]\nDATA = HERE / ".." / "shared"', True),
        ("tests/domain/test_x.py", 'HERE = Path(__file__).parent\nDATA = HERE / ".." / "x.json"', False),
        ("tests/test_x.py", f'open("{UP}shared/twilio/HANDBOOK.md")', True),
        ("tests/test_x.py", f'refused("{UP}{UP}etc/passwd")', False),
        ("Makefile", f"test:\n\tcp {UP}shared/x .", True),
        (".ci/run", 'cd "$(dirname "$0")/.."', False),
        (".ci/run", f"cat {UP}shared/x", True),
        ("docs/deploy.md", f"[a]({UP}README.md#settings)", False),
        ("docs/deploy.md", f"[a]({UP}{UP}shared/DESIGN.md)", True),
        ("docs/deploy.md", "as in " + "/ho" + "me/somebody/voicebot", True),
        ("docs/deploy.md", "as in /var/lib/voicebot", False),
    ],
)
def test_the_checker_sees(name, text, seen):
    assert bool(list(complaints(ROOT / name, text))) is seen
