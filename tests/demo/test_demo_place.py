"""A command that works on the demo finds it, whatever the environment says of other places."""

import os
import shlex
from pathlib import Path

import pytest

from voicebot.cli import main
from voicebot.commands.screen import quoted, to_type
from voicebot.demo import FOLDER
from voicebot.demo.place import (
    NoDemoYet,
    Record,
    RunningProcess,
    alone,
    read_record,
    visiting_environ,
    write_record,
)

REAL = {"SUPABASE_DB_URL": "postgresql://real", "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "PORT": "8080"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / FOLDER).mkdir()
    return tmp_path / FOLDER


def record_of(demo: RunningProcess) -> Record:
    return Record(demo, "http://127.0.0.1:43211", "http://127.0.0.1:45793", (demo,))


def test_a_command_goes_where_the_running_demo_is(folder: Path) -> None:
    write_record(folder, record_of(RunningProcess.of("demo", os.getpid())))

    environ = visiting_environ(REAL)

    assert environ["PORT"] == "43211"
    assert environ["VOICEBOT_SIMULATOR_URL"] == "http://127.0.0.1:45793"
    assert environ["VOICEBOT_DATA_DIR"] == str(folder)
    assert not {"SUPABASE_DB_URL", "TWILIO_ACCOUNT_SID"} & set(environ)


@pytest.mark.parametrize("started_at", [0.0, 1e9])
def test_the_addresses_of_a_demo_that_is_gone_are_forgotten_and_its_folder_is_not(
    folder: Path, started_at: float
) -> None:
    write_record(folder, record_of(RunningProcess("demo", os.getpid(), started_at)))

    environ = visiting_environ(REAL)

    assert environ["PORT"] == "8080"
    assert environ["VOICEBOT_DATA_DIR"] == str(folder)


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"demo": 1}', '{"demo": {"pid": "x"}, "children": []}'])
def test_a_record_that_nobody_can_read_is_none(folder: Path, written: str) -> None:
    (folder / "running.json").write_text(written, encoding="utf-8")

    assert read_record(folder) is None
    with pytest.raises(NoDemoYet):
        visiting_environ(REAL)


def test_without_any_demo_a_command_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    code = main(["--demo", "calls", "list"])

    assert (code, capsys.readouterr().err) == (
        1,
        "voicebot: no demo has run here yet: `make demo` starts one\n",
    )
    assert not list(tmp_path.iterdir())


def test_there_is_one_demo_of_a_folder_at_a_time(folder: Path) -> None:
    with alone(folder) as first:
        with alone(folder) as second:
            assert (first, second) == (True, False)
    with alone(folder) as later:
        assert later


def test_commands_that_a_command_names_work_on_the_demo_where_it_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "`python -m voicebot templates publish x` follows; `python -m voicebot demo` starts it."
    monkeypatch.delenv("VOICEBOT_DATA_DIR", raising=False)
    assert to_type(line) == line

    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(folder))

    shown = to_type(line)
    assert shown == line.replace("voicebot templates", "voicebot --demo templates")
    assert to_type(shown) == shown


def test_a_name_stands_in_a_command_as_a_shell_reads_it() -> None:
    names = ("Bakery", "Anna's Bakery", "Anna's $HOME", "O\"Neill's")

    assert [shlex.split(quoted(name)) for name in names] == [[name] for name in names]
    assert quoted("Anna's Bakery") == '"Anna\'s Bakery"'
