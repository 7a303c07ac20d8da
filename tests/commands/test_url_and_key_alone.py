"""README's table of what works with Supabase's URL and key alone, held against the commands themselves."""

import re
from argparse import Namespace
from pathlib import Path

import pytest

from simulator.house import free_port
from tests.support.command_line import Run, environ, run
from voicebot import cli
from voicebot.commands.running import serve

__all__ = ["environ", "run"]

pytestmark = pytest.mark.sql

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
TABLE = README.split("### With Supabase's URL and key alone", 1)[1].split("\n\nWith accounts", 1)[0]
WORKS, STARTS_NOT, AS_ALWAYS = "works", "does not start", "as always"
# Nobody answers there: a command that gets so far as to ask has not been refused.
ALONE = {"SUPABASE_DB_URL": "", "SUPABASE_URL": "http://127.0.0.1:9", "SUPABASE_SERVICE_ROLE_KEY": "k" * 20}
# How each command is asked for something that needs the database.
ASKED = {
    "calls": "list",
    "texts": "list",
    "escalations": "list",
    "templates": "list",
    "numbers": "list",
    "block": "list",
    "queue": "list",
    "campaigns": "list",
    "webhooks": "list",
    "providers": "list",
    "plans": "list",
    "incidents": "",
    "voices": "list",
    "keys": "list",
    "verifications": "blocked",
    "mail": "list",
    "onboarding": "start +12025550123",
    "reconcile": "--since 2026-01-01",
    "console": "",
    "doctor": "",
    "worker": "",
    "migrate": "",
    "backup": "{folder}/kept.tar",
    "restore": "{folder}/kept.tar",
}


def told() -> dict[str, str]:
    """What the table says of each command: works, does not start, or as always."""
    found = {}
    for what, word in re.findall(r"^\| (.+?) \| (works|does not start|as always)", TABLE, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", what):
            found[name] = word
    return found


def test_the_table_speaks_of_every_command():
    assert {name for name in told() if name in cli.COMMANDS} == set(cli.COMMANDS)


@pytest.mark.parametrize(
    "command", [name for name, word in told().items() if word == WORKS and name in ASKED]
)
def test_a_command_that_works_asks_the_database(run: Run, command: str):
    code, out, err = run(command, *ASKED[command].split(), **ALONE)

    assert "SUPABASE_DB_URL" not in err
    assert code == 1
    assert "cannot be reached" in out + err


@pytest.mark.parametrize("command", [name for name, word in told().items() if word == STARTS_NOT])
def test_a_command_that_needs_a_connection_is_refused_in_one_line_that_says_where_to_look(
    run: Run, tmp_path: Path, command: str
):
    if command == "restore":
        assert run("backup", str(tmp_path / "kept.tar"))[0] == 0

    code, out, err = run(
        command,
        *ASKED[command].format(folder=tmp_path).split(),
        **ALONE,
        VOICEBOT_DATA_DIR=str(tmp_path / "alone"),
    )

    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "SUPABASE_DB_URL" in err and "doctor" in err


def test_serving_starts(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name, value in (ALONE | {"VOICEBOT_DATA_DIR": str(tmp_path), "PORT": str(free_port())}).items():
        monkeypatch.setenv(name, value)
    # The command sets it for the processes that it becomes; here it is the tests'.
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    started: list[str] = []

    code = serve.run_serve(
        Namespace(role=None), execute=lambda program, command, environ: started.extend(command)
    )

    assert (code, told()["serve"]) == (0, WORKS)
    assert "wsgi:app" in started


def test_every_command_of_the_table_was_tried():
    tried = {name for name, word in told().items() if word in (WORKS, STARTS_NOT) and name in cli.COMMANDS}

    assert tried == {*ASKED, "serve"}
    assert {name for name, word in told().items() if word == AS_ALWAYS} == {"db", "demo", "phone"}
