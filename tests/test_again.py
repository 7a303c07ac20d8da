"""What failed is tried once more, each by itself: what a busy machine upset passes, what is broken fails."""

import os
import subprocess
import sys
from pathlib import Path

from tests.again import MANY, main, names_of_the_failed

ROOT = Path(__file__).resolve().parents[1]
UPSET = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("word", ["a@b c", "d"])
def test_upset(word):
    tries = Path(__file__).with_name(word + ".tries")
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    assert len(tries.read_text()) > {"a@b c": 1, "d": 2}[word]
"""
# Other plugins take longer to load than all of it.
FEW_PLUGINS = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def run_by_groups(folder: Path) -> None:
    """Have a run with a test that fails once and one that fails twice."""
    (folder / "test_upset.py").write_text(UPSET)
    arguments = ("-q", "-p", "xdist", "-n", "1", "--dist", "loadgroup", "--rootdir", str(folder), str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env=FEW_PLUGINS,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr


def test_what_failed_in_a_run_by_groups_is_tried_once_more(tmp_path):
    run_by_groups(tmp_path)
    assert names_of_the_failed(tmp_path) == [
        "test_upset.py::test_upset[a@b c]",
        "test_upset.py::test_upset[d]",
    ]

    def again() -> int:
        program = f"import sys; from tests.again import main; from pathlib import Path; sys.exit(main(['-q'], root=Path({str(tmp_path)!r})))"
        return subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=FEW_PLUGINS, timeout=100, check=False
        ).returncode

    assert again() == 1
    assert names_of_the_failed(tmp_path) == ["test_upset.py::test_upset[d]"]
    assert again() == 0
    assert names_of_the_failed(tmp_path) == []
    assert [path.read_text() for path in sorted(tmp_path.glob("*.tries"))] == ["xx", "xxx"]


def test_nothing_is_tried_where_nothing_is_known_to_have_failed_or_too_much_did(tmp_path, capsys):
    assert main([], root=tmp_path) == 1

    kept = tmp_path / ".pytest_cache/v/cache/lastfailed"
    kept.parent.mkdir(parents=True)
    kept.write_text("{" + ", ".join(f'"test_a.py::test_{n}": true' for n in range(MANY + 1)) + "}")
    assert main([], root=tmp_path) == 1
    assert f"{MANY + 1} tests failed in the last run: nothing is tried again." in capsys.readouterr().out
