"""Processes that the demo keeps running: started again when they die, ended with everything they started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simulator.house import Program
from voicebot.demo.ending import comes_true, end_processes
from voicebot.demo.household import Household, HouseholdEnding, Patience
from voicebot.demo.place import RunningProcess

SLEEPS = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
PARENT = (
    f"import subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]).pid, flush=True); "
    "time.sleep(600)"
)
QUICK = Patience(deaths=3, pause_s=0.01, look_s=0.02)


class Witness:
    """What a household told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.gave_up: list[str] = []
        self.running: tuple[RunningProcess, ...] = ()

    def note(self, running: tuple[RunningProcess, ...]) -> None:
        self.running = running

    @property
    def pid(self) -> int:
        return self.running[0].pid


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def household(witness: Witness) -> Iterator[Household]:
    made = Household(witness.lines.append, witness.gave_up.append, witness.note, QUICK)
    yield made
    made.end()


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Program]:
    return lambda code: Program(
        "worker", (sys.executable, "-c", code), os.environ, tmp_path / "worker.log", tmp_path
    )


def is_over(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def first_line(log: Path) -> str:
    assert comes_true(lambda: log.exists() and log.read_text().endswith("\n"), 20)
    return log.read_text().split()[0]


def test_what_is_killed_is_started_again_with_a_line(
    household: Household, witness: Witness, program: Callable[[str], Program]
) -> None:
    household.start(program(SLEEPS))
    killed = witness.pid

    os.kill(killed, signal.SIGKILL)

    assert comes_true(lambda: witness.pid != killed, 10)
    assert witness.lines == ["The worker ended (SIGKILL): it is started again."]
    assert household.restarts == 1


def test_what_a_killed_program_had_started_does_not_live_on_beside_the_new_one(
    household: Household, witness: Witness, program: Callable[[str], Program]
) -> None:
    begun = program(PARENT)
    household.start(begun)
    grandchild = int(first_line(begun.log))

    os.kill(witness.pid, signal.SIGKILL)

    assert comes_true(lambda: is_over(grandchild), 10)


def test_what_dies_again_and_again_is_given_up_with_its_log(
    household: Household, witness: Witness, program: Callable[[str], Program]
) -> None:
    household.start(program("raise SystemExit(7)"))

    assert comes_true(lambda: bool(witness.gave_up), 20)
    assert len(witness.lines) == 2
    assert "exit code 7" in witness.lines[0]
    assert "3 times within a minute" in witness.gave_up[0]
    assert "worker.log" in witness.gave_up[0]


def test_what_is_no_child_of_ours_is_looked_after_too(
    household: Household, witness: Witness, tmp_path: Path
) -> None:
    there = [False]

    def start() -> None:
        there[0] = True

    household.watch("database", lambda: there[0], start, tmp_path / "log")

    assert comes_true(lambda: there[0], 10)
    assert witness.lines == ["The database ended: it is started again."]


def test_all_end_within_a_second_also_those_that_do_not_listen(
    household: Household, witness: Witness, program: Callable[[str], Program]
) -> None:
    deaf = program(DEAF)
    household.start(deaf)
    first_line(deaf.log)
    pid, began = witness.pid, time.monotonic()

    household.end()

    assert comes_true(lambda: is_over(pid), 1)
    assert time.monotonic() - began < 2
    with pytest.raises(HouseholdEnding):
        household.start(program(SLEEPS))
    assert witness.lines == []


@pytest.fixture
def deaf_process() -> Iterator[subprocess.Popen[bytes]]:
    """One that does not listen to SIGTERM."""
    process = subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_what_was_there_before_the_household_is_left_alone(
    deaf_process: subprocess.Popen[bytes], household: Household, program: Callable[[str], Program]
) -> None:
    household.start(program(SLEEPS))

    household.end()

    assert deaf_process.poll() is None


def test_one_that_does_not_listen_is_ended_by_force(deaf_process: subprocess.Popen[bytes]) -> None:
    assert end_processes([RunningProcess.of("worker", deaf_process.pid)], grace_s=0.05) == 1

    assert deaf_process.wait(5) == -signal.SIGKILL


def test_a_process_that_has_the_id_of_one_that_is_gone_is_left_alone(
    deaf_process: subprocess.Popen[bytes],
) -> None:
    gone = RunningProcess("worker", deaf_process.pid, 12345.0)

    assert end_processes([gone], grace_s=0.05) == 0

    assert deaf_process.poll() is None
