"""Every command that prints JSON prints one shape: a list under its plural noun beside `next`, or one object."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.calls.aftermath import Connection, add_call
from tests.services.texts.text_house import somebody
from tests.support.command_line import Run, environ, run
from voicebot import cli

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]

LISTS = {
    "calls list": "calls",
    "texts list": "conversations",
    "texts show": "messages",
    "texts unanswered": "unanswered",
    "voices list": "voices",
    "keys list": "keys",
    "verifications blocked": "verifications",
    "onboarding import": "rows",
    "doctor": "findings",
    "block list": "blocks",
    "block refused": "refused",
    "escalations list": "escalations",
    "queue list": "entries",
    "campaigns list": "campaigns",
    "mail list": "mails",
    "providers list": "providers",
    "webhooks list": "webhooks",
    "webhooks log": "deliveries",
    "templates list": "templates",
}
FILLED = {"providers list", "calls list", "texts list", "texts show", "onboarding import", "doctor"}
OBJECTS = {"calls show", "reconcile", "voices sync"}
# Each prints one object, which the tests of its group read.
ONE_THING = {
    "block add", "block remove", "escalations show",
    "queue add", "queue show", "queue why", "queue move", "queue cancel",
    "campaigns new", "campaigns import", "campaigns preview", "campaigns report", "campaigns edit", "campaigns start",
    "campaigns pause", "campaigns resume", "campaigns cancel",
    "providers add", "providers set", "providers test", "providers disable", "providers enable",
    "webhooks add",
    "templates show", "templates new", "templates edit", "templates apply", "templates publish",
}  # fmt: skip
# They ask a provider, and its stand-in does not run here.
OUTSIDE = {"reconcile", "voices sync"}


def commands_with_json(parser: argparse.ArgumentParser, name: str = "") -> Iterator[str]:
    """The names of all commands that take --json."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                yield from commands_with_json(below, f"{name} {word}".strip())
        elif "--json" in action.option_strings:
            yield name


@pytest.fixture
def needed(owner: Connection, run: Run, tmp_path: Path) -> dict[str, list[str]]:
    """What commands are to be given."""
    add_call(owner)
    number, file = somebody(), tmp_path / "people.csv"
    assert run("onboarding", "start", number)[0] == 0
    file.write_text(f"phone_number\n{number}\n")
    return {"calls show": ["last"], "texts show": [number], "onboarding import": [str(file), "--dry-run"]}


def test_every_command_with_json_is_known_here() -> None:
    # What concerns numbers is tested with them.
    found = {name for name in commands_with_json(cli.parser()) if not name.startswith("numbers")}

    assert found == {*LISTS, *OBJECTS, *ONE_THING}


@pytest.mark.parametrize("command", sorted({*LISTS, *OBJECTS} - OUTSIDE))
def test_json_has_one_shape(run: Run, needed: dict[str, list[str]], command: str) -> None:
    _, out, _ = run(*command.split(), *needed.get(command, []), "--json")

    answer: dict[str, Any] = json.loads(out)
    assert isinstance(answer, dict)
    if command in LISTS:
        assert isinstance(answer[LISTS[command]], list)
        assert answer["next"] is None or isinstance(answer["next"], str)
        assert answer[LISTS[command]] or command not in FILLED


def list_commands(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """The names of all commands that list rows, with their options."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                yield from list_commands(below, f"{name} {word}".strip())
    if name.endswith(" list"):
        yield name, {option for action in parser._actions for option in action.option_strings}


def test_every_list_is_paged_alike() -> None:
    commands = dict(list_commands(cli.parser()))

    assert len(commands) > 8
    assert {
        name for name, options in commands.items() if not {"--limit", "--next", "--json"} <= options
    } == set()


@pytest.mark.parametrize("before", ["--next", "--before"])
def test_a_list_that_is_read_whole_is_paged_too(run: Run, before: str) -> None:
    names = {f"key {n} {before.strip('-')}" for n in range(3)}
    for name in names:
        run("keys", "create", name)

    seen, place = [], []
    while place is not None:
        page = json.loads(run("keys", "list", "--json", "--limit", "2", *place)[1])
        assert len(page["keys"]) <= 2
        seen += [row["name"] for row in page["keys"]]
        place = [before, page["next"]] if page["next"] else None

    assert names <= set(seen)
    assert len(seen) == len(set(seen))


def test_a_place_that_no_page_ended_with_is_refused(run: Run) -> None:
    for command in ("keys", "calls", "templates", "mail"):
        code, out, err = run(command, "list", "--next", "nonsense")

        assert (code, out) == (2, "")
        assert "--next: expected what `next` of the last page said" in err
