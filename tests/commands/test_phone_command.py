"""`voicebot phone` becomes the simulator's phone, which is a program of its own; `demo` starts one with all else."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from voicebot import cli
from voicebot.commands import tools

ROOT = Path(__file__).resolve().parents[2]


def test_it_becomes_the_simulators_phone_with_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_SIMULATOR_URL", "http://127.0.0.1:9199")
    become = []
    arguments = cli.parser().parse_args(["phone", "--from", "+12025550107", "--to", "+12025550101"])

    assert tools.run_phone(arguments, execute=lambda *told: become.append(told)) == 0

    ((program, command, environ),) = become
    assert program == command[0] == sys.executable
    assert command[1:] == [
        *("-m", "simulator", "phone", "--from", "+12025550107"),
        *("--url", "http://127.0.0.1:9199", "--to", "+12025550101"),
    ]
    assert environ["PYTHONPATH"].split(os.pathsep)[0] == str(ROOT)


def test_it_works_in_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voicebot", "phone", "--url", "http://127.0.0.1:9"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("No simulator answers at http://127.0.0.1:9.")


@pytest.mark.parametrize("command", ["phone", "demo"])
def test_where_no_simulator_is_one_line_says_so(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(tools, "find_spec", lambda name: None if name == "simulator" else found(name))

    assert cli.main([command]) == 1

    assert capsys.readouterr().out == "The simulator is not installed here: it comes with the repository.\n"


@pytest.mark.parametrize(("argv", "speed"), [((), 1.0), (("--speed", "3"), 3.0), (("--speed", "1.5"), 1.5)])
def test_a_demo_goes_at_the_pace_of_life_unless_told_otherwise(argv: tuple[str, ...], speed: float) -> None:
    assert cli.parser().parse_args(["demo", *argv]).speed == speed


@pytest.mark.parametrize("speed", ["0", "0.5", "-3", "11", "nan", "inf", "fast", ""])
def test_a_speed_that_nobody_could_talk_at_is_refused(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(["demo", "--speed", speed])

    assert ended.value.code == 2
    assert "--speed" in capsys.readouterr().err
