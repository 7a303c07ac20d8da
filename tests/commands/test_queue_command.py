"""`queue`: asking for a call, and why it is not dialled yet."""

import json
from typing import Any

import pytest

from tests.support.command_line import Run, environ, run

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
PERSON = "+13035550142"
AT = ("--at", "2035-12-04T18:00", "--timezone", "America/Denver")


@pytest.fixture(autouse=True)
def nothing_waits(owner: Any) -> None:
    owner.execute("delete from public.call_queue")


def added(run: Run, *more: str) -> dict[str, Any]:
    code, out, error = run("queue", "add", PERSON, *more, "--json")
    assert (code, error) == (0, "")
    row: dict[str, Any] = json.loads(out)
    return row


def test_a_call_is_asked_for_explained_moved_and_canceled(run: Run) -> None:
    entry = added(run, *AT)["id"]

    why = run("queue", "why", entry)
    moved = run("queue", "move", entry, "--priority", "4", "--json")
    canceled = run("queue", "cancel", entry)
    after = run("queue", "why", entry)

    assert why[0] == 0 and "Waits: its time has not come." in why[1]
    assert json.loads(moved[1])["priority"] == 4
    assert "is not dialled any more" in canceled[1]
    assert after[1] == "It does not wait: canceled.\n"


def test_a_list_shows_what_each_waits_for_and_no_whole_number_unless_asked(run: Run) -> None:
    added(run, *AT)

    tables = [run("queue", "list", *more)[1] for more in ([], ["--json"], ["--full"])]

    assert [PERSON in table for table in tables] == [False, False, True]
    assert "its time has not come" in tables[0] and "not_yet" in tables[1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["+19005550142"], "to: This is no number that a person answers"),
        (["12"], "is no phone number"),
        ([PERSON, "--purpose", "marketing"], "consent: Nobody noted"),
        ([PERSON, "--timezone", "EST5"], "timezone: Expected a time zone"),
        ([PERSON, "--var", "name"], "expected NAME=VALUE"),
        ([PERSON, "--template", "none such"], "template: There is no such template"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(run: Run, given: list[str], words: str) -> None:
    code, _, error = run("queue", "add", *given)

    assert code in (1, 2)
    assert words in error


def test_an_empty_queue_says_what_fills_it(run: Run) -> None:
    assert "`python -m voicebot queue add` asks for a call" in run("queue", "list")[1]


def test_moving_nothing_says_what_can_be_moved(run: Run) -> None:
    code, _, error = run("queue", "move", added(run, *AT)["id"])

    assert code == 2 and "--not-before" in error
