"""The command line: what it prints, to whom, and with which exit code."""

import re
import shlex
import socket
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from tests.services.calls.aftermath import CALLER
from tests.support.command_line import ACCOUNTS, Run, environ, run
from voicebot import cli
from voicebot.commands.examples import EXAMPLES
from voicebot.commands.numbers import refuse_local_url
from voicebot.commands.running import serve
from voicebot.commands.screen import CommandFailed, masked, plain, show_table
from voicebot.settings import load_settings

__all__ = ["environ", "run"]

GROUPS = ("serve", "worker", "migrate", "db", "calls", "voices", "numbers", "doctor", "demo", "phone")
SUBCOMMANDS = (
    "calls list",
    "calls show",
    "voices list",
    "voices sync",
    "numbers list",
    "numbers sync",
    "numbers connect",
    "numbers release",
    "db start",
)


def lines(text: str) -> list[str]:
    return text.splitlines()


@pytest.mark.parametrize("command", ["", *GROUPS, *SUBCOMMANDS])
def test_every_command_has_help(run: Run, command: str) -> None:
    code, out, _ = run(*command.split(), "--help")

    assert code == 0
    assert out.startswith("usage: python -m voicebot")


def test_each_example_of_a_help_can_be_typed() -> None:
    parser = cli.parser()

    for line in (line for lines in EXAMPLES.values() for line in lines):
        # An option or an action that is not there ends the program here.
        assert parser.parse_args(shlex.split(line.partition(" | ")[0])).run, line


def test_every_command_has_an_example_and_an_action_shows_its_own(run: Run) -> None:
    assert set(EXAMPLES) == set(cli.COMMANDS)

    _, out, _ = run("webhooks", "replay", "--help")

    assert "examples:\n  python -m voicebot webhooks replay " in out and "webhooks add" not in out


def test_a_misspelt_command_is_guessed(run: Run) -> None:
    assert "did you mean templates?" in run("template", "list")[2]


def test_serving_says_what_to_do_about_a_port_that_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path))
    started: list[str] = []

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(CommandFailed, match=f":{port} already: end it, or set PORT to another one"):
            serve.run_serve(Namespace(role=None), execute=lambda program, *_: started.append(program))

    assert started == []


@pytest.mark.parametrize(
    "argv", [[], ["cals"], ["calls"], ["calls", "list", "--limit", "0"], ["calls", "show"]]
)
def test_a_wrong_command_is_told_from_a_failed_one(run: Run, argv: list[str]) -> None:
    code, out, err = run(*argv)

    assert (code, out) == (2, "")
    assert "--help" in err


@pytest.mark.sql
@pytest.mark.parametrize(
    ("argv", "more", "code", "words"),
    [
        (["calls", "list"], {"VOICEBOT_PROT": "1"}, 2, "VOICEBOT_PROT"),
        (["calls", "list"], {"PORT": "many"}, 2, "PORT"),
        (["cals"], {}, 2, "did you mean calls?; see `python -m voicebot --help`"),
        (["calls", "list", "--status", "foo"], {}, 2, "see `python -m voicebot calls list --help`"),
        (["escalations", "close", "x"], {}, 2, "as `python -m voicebot escalations list` shows it"),
        (["templates", "edit", "Mine", "--set", "voice"], {}, 2, "as voice=Alice"),
        (["calls", "list"], {"SUPABASE_DB_URL": "postgresql://x@127.0.0.1:9/x"}, 1, "cannot be reached"),
        (["voices", "sync"], {}, 1, "elevenlabs failed"),
        (["numbers", "sync"], {}, 1, "twilio failed"),
        (["db", "start"], {}, 2, "a database is configured"),
        (
            ["worker"],
            {
                "SUPABASE_DB_URL": "",
                "SUPABASE_URL": "http://127.0.0.1:9",
                "SUPABASE_SERVICE_ROLE_KEY": "k" * 20,
            },
            2,
            "SUPABASE_DB_URL",
        ),
    ],
)
def test_an_error_is_one_line_that_names_it(
    run: Run, argv: list[str], more: dict[str, str], code: int, words: str
) -> None:
    done, out, err = run(*argv, **more)

    assert (done, out) == (code, "")
    assert len(lines(err)) == 1
    assert words in err


def test_a_fault_of_ours_is_one_line_without_numbers() -> None:
    message, code = cli.explained(KeyError(f"no row for {CALLER}"))

    assert code == 1
    assert "KeyError" in message
    assert CALLER not in message


def test_masking_reaches_every_depth() -> None:
    row = {"call": {"from_number": CALLER, "transfers": [{"to_number": CALLER}]}, "to_number": None}

    assert masked(row) == {
        "call": {"from_number": "***23", "transfers": [{"to_number": "***23"}]},
        "to_number": None,
    }


def test_control_characters_become_blanks() -> None:
    assert plain("a\x1b[31m\x07\tb\u202e") == "a [31m  b "


def test_numbers_are_not_pointed_at_this_machine_when_twilio_is_real(tmp_path: Path) -> None:
    base = {"VOICEBOT_DATA_DIR": str(tmp_path)} | ACCOUNTS

    for url in ("", "http://localhost:8080", "http://10.0.0.7"):
        with pytest.raises(CommandFailed):
            refuse_local_url(load_settings(base | {"PUBLIC_URL": url}))
    refuse_local_url(load_settings(base | {"PUBLIC_URL": "https://bot.example.com"}))
    refuse_local_url(load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)}))


def test_a_narrow_terminal_gets_a_line_a_value_and_nothing_that_is_typed_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["+12025550100", "elsewhere: calls.answering-service.example", None, "PN" + "a" * 32]]
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    shown = []
    for width in ("80", "120"):
        monkeypatch.setenv("COLUMNS", width)
        show_table(("Number", "Leads", "Template", "Id"), rows, empty="")
        shown.append(re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out).splitlines())

    assert shown[0] == [
        "Number    +12025550100",
        "Leads     elsewhere: calls.answering-service.example",
        "Id        PN" + "a" * 32,
    ]
    assert (len(shown[1]), shown[1][1].split()[-1]) == (2, "PN" + "a" * 32)


def test_a_summary_for_which_hardly_a_word_has_room_is_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    shown = []
    for width in ("30", "60", "120"):
        monkeypatch.setenv("COLUMNS", width)
        show_table(
            ("Began", "Call", "Summary"),
            [["Nov 30", "a" * 40, "Asked for the hours."]],
            empty="",
            shorten_last=True,
        )
        shown.append(capsys.readouterr().out)

    assert ["Asked for the hours." in one for one in shown] == [True, False, True]
    assert "Summary" not in shown[1]
