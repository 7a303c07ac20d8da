"""The Makefile in a folder of its own, with Pythons that are none: what it says, and what it makes."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NEW = """#!/bin/sh
case "$*" in
  --version) echo Python 3.12.1;;
  "-m venv --clear .venv") rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python;;
  "-m pip install"*) for n in $(seq 20); do echo "Collecting package-$n"; done; echo Installing; exit ${PIP:-0};;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text("package==1\n" * 20)
    program(tmp_path / "old", "#!/bin/sh\necho Python 3.9.18\n")
    program(tmp_path / "new", NEW)
    return tmp_path


def program(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)
    path.chmod(0o755)


def make(checkout: Path, *arguments: str, **environ: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["make", *arguments],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin"} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("python", "what"), [("./old", "Python 3.9"), ("./nothing", "not there")])
def test_a_python_that_is_too_old_is_refused_in_one_line_before_anything_is_made(
    checkout: Path, python: str, what: str
) -> None:
    code, out, err = make(checkout, "demo", f"PYTHON={python}")

    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "Python 3.11 or newer is needed" in err
    assert f"{python} is {what}" in err
    assert not (checkout / ".venv").exists()


def test_an_environment_that_an_old_python_made_is_made_anew_and_said(checkout: Path) -> None:
    program(checkout / ".venv/bin/python", (checkout / "old").read_text())
    (checkout / ".venv/.runtime").touch()

    code, out, err = make(checkout, ".venv/.runtime", "PYTHON=./new")

    assert (code, err) == (0, "")
    assert ".venv is of Python 3.9: it is made anew" in out
    assert "3.12" in (checkout / ".venv/bin/python").read_text()


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to("/nowhere/python3.11")

    code, out, _ = make(checkout, ".venv/.runtime", "PYTHON=./new")

    assert code == 0
    assert "a Python that is gone: it is made anew" in out


def test_installing_says_how_far_it_is_and_is_done_once(checkout: Path) -> None:
    first = make(checkout, ".venv/.runtime", "PYTHON=./new")
    second = make(checkout, ".venv/.runtime", "PYTHON=./new")

    assert first[1].splitlines() == [
        "installing what the service needs",
        "  10 of 20",
        "  20 of 20",
        "  unpacking them",
    ]
    assert "up to date" in second[1]


def test_an_installation_that_failed_is_not_taken_for_one(checkout: Path) -> None:
    code, _, _ = make(checkout, ".venv/.runtime", "PYTHON=./new", PIP="1")

    assert code == 2
    assert not (checkout / ".venv/.runtime").exists()
