"""The rules of the suite itself: who imports whom, and what it says of its own time."""

import ast
from pathlib import Path

import pytest

from tests.support.machines.needed import needed_server, needs
from tests.support.machines.plain_servers import Missing
from tests.support.runs.by_house import FRAIL, OWN, group_of, place_of
from tests.support.runs.slowest import ENOUGH_TESTS, lines_about_the_slowest

TESTS = Path(__file__).parent
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


def test_what_a_machine_lacks_is_skipped_at_a_desk_and_fails_where_changes_are_judged() -> None:
    desk, judged = (needs("no-such-program", is_judged=is_judged) for is_judged in (False, True))
    with pytest.raises(pytest.skip.Exception), needed_server(is_judged=False):
        raise Missing("install it")
    with pytest.raises(Missing), needed_server(is_judged=True):
        raise Missing("install it")

    assert (desk.args, judged.args) == ((True,), (False,))


def test_a_run_whose_time_a_few_tests_take_names_them() -> None:
    seconds = {f"test_{number}": 0.1 for number in range(ENOUGH_TESTS)} | {"the_slow_one": 60.0}

    head, first, *_ = lines_about_the_slowest(seconds)

    assert head == f"The slowest 5 of {ENOUGH_TESTS + 1} tests take 55% of 110 s of tests:"
    assert first.split() == ["60.0", "s", "the_slow_one"]


def test_a_run_whose_time_is_spread_says_nothing() -> None:
    assert lines_about_the_slowest({f"test_{number}": 1.0 for number in range(ENOUGH_TESTS)}) == []


def test_a_run_of_some_files_is_no_measure() -> None:
    assert lines_about_the_slowest({"test_1": 1.0, "test_2": 100.0}) == []


def test_tests_that_share_a_house_stay_on_one_worker_and_what_takes_long_comes_first() -> None:
    pages = ["tests/browser/test_live.py::test_a", "tests/browser/test_people.py::test_b[1]"]
    frail = ["tests/chaos/test_texting.py::test_a", "tests/chaos/test_texting_outage.py::test_b[x@y]"]
    demos = ["tests/chaos/test_demo.py::test_a", "tests/chaos/test_demo.py::test_b"]

    assert [group_of(name) for name in pages] == ["tests/browser"] * 2
    assert [group_of(name) for name in frail] == ["frail"] * 2
    assert [group_of(name) for name in demos] == demos
    assert sorted([*demos, *frail, *pages], key=place_of) == [*pages, frail[1], frail[0], *demos]
    assert [file for file in (*FRAIL, *OWN) if not (TESTS.parent / file).exists()] == []
