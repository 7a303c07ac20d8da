"""What failed is tried once more, each by itself: what a busy machine upset passes, what is broken fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.again import MANY, main, names_of_the_failed, without_group

ROOT = Path(__file__).resolve().parents[1]
UPSET = """
from pathlib import Path
import pytest

@pytest.mark.xdist_group("test_upset.py")
@pytest.mark.parametrize("word", ["a@b c", "d"])
def test_upset(word):
    tries = Path(__file__).with_name(word + ".tries")
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    assert len(tries.read_text()) > %d
"""


def run_of(folder: Path, fails: int) -> None:
    """Have a run by groups with tests that fail so many times."""
    (folder / "test_upset.py").write_text(UPSET % fails)
    arguments = ("-q", "-n", "1", "--dist", "loadgroup", "--rootdir", str(folder), str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize(("fails", "code"), [(1, 0), (2, 1)])
def test_what_failed_in_a_run_by_groups_is_tried_once_more(tmp_path, fails, code):
    run_of(tmp_path, fails)
    assert names_of_the_failed(tmp_path) == [
        "test_upset.py::test_upset[a@b c]",
        "test_upset.py::test_upset[d]",
    ]

    again = subprocess.run([sys.executable, "-c", f"import sys; from tests.again import main; from pathlib import Path; sys.exit(main(['-q'], root=Path({str(tmp_path)!r})))"], cwd=ROOT, timeout=100, check=False)  # fmt: skip
    assert again.returncode == code

    assert [path.read_text() for path in sorted(tmp_path.glob("*.tries"))] == ["xx", "xx"]
    assert len(names_of_the_failed(tmp_path)) == (2 if code else 0)


def test_nothing_is_tried_where_nothing_is_known_to_have_failed_or_too_much_did(tmp_path, capsys):
    assert main([], root=tmp_path) == 1

    kept = tmp_path / ".pytest_cache/v/cache/lastfailed"
    kept.parent.mkdir(parents=True)
    kept.write_text("{" + ", ".join(f'"test_a.py::test_{n}": true' for n in range(MANY + 1)) + "}")
    assert main([], root=tmp_path) == 1
    assert f"{MANY + 1} tests failed in the last run: nothing is tried again." in capsys.readouterr().out


def test_only_a_group_is_taken_off_a_name():
    assert without_group("tests/test_a.py::test_b[x@y]") == "tests/test_a.py::test_b[x@y]"
    assert without_group("tests/test_a.py::test_b[x@y]@test_a.py") == "tests/test_a.py::test_b[x@y]"
