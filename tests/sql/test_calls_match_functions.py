"""Every call of a SQL function in the code names a function that exists, and parameters that it has."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.sql

ROOT = Path(__file__).resolve().parents[2]
CALLERS = ("voicebot", "webhooks")
# Names under which the port is at hand; its own module defines the method.
PORTS = {"database", "_database", "db", "facts", "_facts"}
METHODS = {"call", "record"}


@dataclass(frozen=True)
class Called:
    """One call as it stands in a file."""

    place: str
    function: str
    parameters: frozenset[str]
    spread: bool


@dataclass(frozen=True)
class Declared:
    """A function's parameters as the database knows them."""

    parameters: frozenset[str]
    required: frozenset[str]


def calls_in(source: str, place: str) -> Iterator[Called]:
    """Find `database.call("name", parameter=…)`, however the port was reached."""
    for node in ast.walk(ast.parse(source)):
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS
        ):
            continue
        port = node.func.value
        name = port.attr if isinstance(port, ast.Attribute) else getattr(port, "id", "")
        first = node.args[0] if node.args else None
        if name in PORTS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            named = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
            spread = any(keyword.arg is None for keyword in node.keywords)
            yield Called(f"{place}:{node.lineno}", first.value, named, spread)


def all_calls() -> list[Called]:
    return [
        call
        for folder in CALLERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for call in calls_in(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    ]


def complaints(calls: list[Called], declared: dict[str, Declared]) -> list[str]:
    """Say what is wrong with each call that the database would refuse."""
    found = []
    for call in calls:
        function = declared.get(call.function)
        if function is None:
            found.append(f"{call.place}: there is no function {call.function}")
            continue
        unknown = call.parameters - function.parameters
        missing = frozenset() if call.spread else function.required - call.parameters
        found += [f"{call.place}: {call.function} has no parameter {name}" for name in sorted(unknown)]
        found += [f"{call.place}: {call.function} needs {name}" for name in sorted(missing)]
    return found


@pytest.fixture
def declared(owner) -> dict[str, Declared]:
    rows = owner.execute(
        """select proname, coalesce(proargnames, '{}'), pronargs, pronargdefaults from pg_proc
            where pronamespace = 'public'::regnamespace"""
    ).fetchall()
    return {
        name: Declared(frozenset(arguments[:count]), frozenset(arguments[: count - defaults]))
        for name, arguments, count, defaults in rows
    }


def test_every_call_fits_its_function(declared):
    calls = all_calls()

    assert len(calls) > 10, "the calls were not found: has the port been renamed?"
    assert complaints(calls, declared) == []


def test_a_call_that_does_not_fit_is_found(declared):
    source = 'database.call("finish_call", call_sid=sid, why="x")\nself._database.call("nothing")\n'

    found = complaints(list(calls_in(source, "here")), declared)

    assert found == [
        "here:1: finish_call has no parameter why",
        "here:1: finish_call needs reason",
        "here:2: there is no function nothing",
    ]
