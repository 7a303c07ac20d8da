"""The rules of the suite itself: who imports whom, and what it says of its own time."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import LATER, Server, stand_back, stands_back_by
from tests.support.slowest import ENOUGH_TESTS, lines_about_the_slowest
from voicebot.storage.embedded.home import locate

TESTS = Path(__file__).parent
SHARES_BY_SESSION = Path("/proc/self/autogroup").exists()
FILES = sorted(path for path in TESTS.rglob("*.py"))


def imported(path: Path) -> list[str]:
    """The modules that a file imports, by their last names too: `from tests.services import test_x`."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=aliases):
                names += [alias.name for alias in aliases]
            case ast.ImportFrom(module=module, names=aliases):
                names += [module or "", *(f"{module}.{alias.name}" for alias in aliases)]
    return names


def test_no_module_imports_a_module_of_tests() -> None:
    modules = {file.stem for file in FILES if file.stem.startswith("test_")}

    found = {
        str(path.relative_to(TESTS)): names
        for path in FILES
        if (names := [name for name in imported(path) if modules & set(name.split("."))])
    }

    assert found == {}, (
        "what several tests need stands in tests/support, or beside them in a module without tests"
    )


def test_a_run_whose_time_a_few_tests_take_names_them() -> None:
    seconds = {f"test_{number}": 0.1 for number in range(ENOUGH_TESTS)} | {"the_slow_one": 60.0}

    head, first, *_ = lines_about_the_slowest(seconds)

    assert head == f"The slowest 5 of {ENOUGH_TESTS + 1} tests take 55% of 110 s of tests:"
    assert first.split() == ["60.0", "s", "the_slow_one"]


def test_a_run_whose_time_is_spread_says_nothing() -> None:
    assert lines_about_the_slowest({f"test_{number}": 1.0 for number in range(ENOUGH_TESTS)}) == []


def test_a_run_of_some_files_is_no_measure() -> None:
    assert lines_about_the_slowest({"test_1": 1.0, "test_2": 100.0}) == []


SAYS = """
from tests.support.servers import stands_back_by

def test_{name}():
    print("{name} stands back by", stands_back_by("self"), flush=True)
    assert "{name}" not in {failing}
"""


@pytest.mark.parametrize(("failing", "code"), [((), 0), (("rest",), 1), (("real_time",), 1)])
def test_two_runs_beside_each_other_are_both_shown_and_either_can_fail(
    tmp_path: Path, failing: tuple[str, ...], code: int
) -> None:
    files = {name: tmp_path / f"test_{name}.py" for name in ("rest", "real_time")}
    for name, file in files.items():
        file.write_text(SAYS.format(name=name, failing=failing))

    done = subprocess.run(
        [sys.executable, "-m", "tests.two_runs", *map(str, files.values()), "-s", "-c", "/dev/null"],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    ours = stands_back_by("self")
    later = LATER if SHARES_BY_SESSION else ours
    assert done.returncode == code
    assert f"rest stands back by {later}\n" in done.stdout
    assert f"real_time stands back by {ours}\n" in done.stdout


@pytest.mark.skipif(not SHARES_BY_SESSION, reason="this system does not share the cores among sessions")
@pytest.mark.sql
def test_a_database_server_stands_back_as_far_as_the_run_that_started_it(server: Server) -> None:
    running = locate(server.data_dir).server()
    assert running
    before = stands_back_by(running.pid)
    assert before == stands_back_by("self")
    words = "import sys; from pathlib import Path; from tests.support.servers import *; stand_back('self', 7); have_stand_back(Path(sys.argv[1]))"

    subprocess.run(
        [sys.executable, "-c", words, server.data_dir],
        cwd=TESTS.parent,
        start_new_session=True,
        timeout=110,
        check=True,
    )

    try:
        assert stands_back_by(running.pid) == 7
    finally:
        stand_back(running.pid, before)
