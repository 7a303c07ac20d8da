"""`.ci/run` in a small repository of its own, with a `make` that is none: where it works, and what comes out."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.machines.needed import needs

ROOT = Path(__file__).resolve().parents[1]
# Say what was asked, where, and what lies there and beside it; fail where the test says so.
MAKE = """#!/bin/sh
echo "make $*|$PWD|$(ls -A . | tr '\\n' ' ')|$(ls -A .. | tr '\\n' ' ')|CI=$CI" >> "$NOTES"
case $1 in
  test) echo "4256 passed, 1 rerun in 331.20s (0:05:31)";;
  demo) echo "Every check passed in 46 s.";;
esac
case $1 in "$BREAKS")
  [ -z "$ONCE" ] || [ "$(grep -c "^make $1" "$NOTES")" = 1 ] || exit 0
  echo "   ✗  the summary is written"; echo "make: *** [Makefile:9: $1] Error 1" >&2; exit 2;;
esac
"""

pytestmark = needs("git")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci")
    (folder / "Makefile").write_text("check:\ntest:\ndemo:\n")
    for name, words in (
        ("make", MAKE),
        ("chromium-headless-shell", "#!/bin/sh\n"),
        ("apt-get", "#!/bin/sh\n"),
    ):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(words)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "temporary").mkdir()
    git(folder, "init", "--quiet")
    keep(folder)
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def keep(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it stands")


def run(checkout: Path, breaks: str = "nothing", *, once: bool = False) -> tuple[int, str, list[list[str]]]:
    around = checkout.parent
    environ = {
        "PATH": f"{around / 'bin'}:{os.environ['PATH']}",
        "TMPDIR": str(around / "temporary"),
        "NOTES": str(around / "notes"),
        "BREAKS": breaks,
        "ONCE": "once" if once else "",
    }
    done = subprocess.run(
        [checkout / ".ci" / "run"],
        cwd=around,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    notes = (around / "notes").read_text().splitlines()
    return done.returncode, done.stdout, [line.split("|") for line in notes]


def test_the_commands_run_in_a_clone_that_has_nothing_beside_it(checkout):
    (checkout / "not committed").write_text("x")

    code, said, notes = run(checkout)

    assert code == 0
    assert [note[0] for note in notes] == ["make check", "make test AGAIN=yes", "make demo"]
    for _, folder, inside, beside, ci in notes:
        assert Path(folder) != checkout
        assert inside.split() == [".ci", ".git", "Makefile"]
        assert len(beside.split()) == 1
        assert ci == "CI=true"
    assert "what is not committed is not tried" in said


def test_the_simulators_own_suite_runs_where_there_is_one(checkout):
    (checkout / "Makefile").write_text("check:\ntest:\ntest-simulator:\ndemo:\n")
    keep(checkout)

    _, _, notes = run(checkout)

    assert [note[0].split()[1] for note in notes] == ["check", "test", "test-simulator", "demo"]


def test_how_the_suites_ended_is_said_at_the_end_and_nothing_stays(checkout):
    _, said, _ = run(checkout)

    assert said.splitlines()[-1] == "4256 passed, 1 rerun in 331.20s (0:05:31)"
    assert list((checkout.parent / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("breaks", "asked"),
    [("check", ["check"]), ("test", ["check", "test"]), ("demo", ["check", "test", "demo", "demo"])],
)
def test_what_fails_ends_the_run_with_its_code(checkout, breaks, asked):
    code, said, notes = run(checkout, breaks)

    assert code == 2
    assert [note[0].split()[1] for note in notes] == asked
    assert f"[Makefile:9: {breaks}] Error 1" in said.splitlines()[-1]
    assert list((checkout.parent / "temporary").iterdir()) == []


def test_the_tour_is_played_once_more_where_it_failed_and_what_failed_is_said_at_the_end(checkout):
    code, said, notes = run(checkout, "demo", once=True)

    assert code == 0
    assert [note[0].split()[1] for note in notes] == ["check", "test", "demo", "demo"]
    assert "   ✗  the summary is written" in said.splitlines()[-2:]
