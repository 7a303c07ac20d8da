"""Programs of tests' houses are forked from a process that has loaded them: to a test they are as if they had been started."""

import os
import signal
import socket
import subprocess
import sys
from typing import Any

import psutil

from simulator.process import READY, secrets_for, serve_command
from tests.support.runs import forks

COMMAND = serve_command(data_dir=None, account_sid="AC" + "1" * 32, number="+12025550100", port=0)
PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}  # fmt: skip


def test_a_forked_program_talks_ends_and_is_killed_as_one_that_was_started() -> None:
    environ = os.environ | secrets_for("t" * 32)
    refused = [popen([*COMMAND, "--seed", "none"], **PIPES) for popen in (forks.start, subprocess.Popen)]
    ended, ended_otherwise = [(process.communicate(timeout=90), process.returncode) for process in refused]
    killed, stopped = [forks.start([*COMMAND, "--stop-with-stdin"], env=environ, **PIPES) for _ in range(2)]

    assert ended == ended_otherwise
    assert ended[1] == 2
    for process in (killed, stopped):
        assert process.stdout.readline().startswith(READY)
        assert process.poll() is None
    killed.kill()
    assert killed.wait(20) == -signal.SIGKILL
    assert not psutil.pid_exists(killed.pid)
    # Its standard input has ended.
    assert (stopped.communicate(timeout=90)[1], stopped.returncode) == ("", 0)


def test_who_asked_may_be_gone_and_others_are_forked_for_as_before() -> None:
    with socket.socket(socket.AF_UNIX) as hasty:
        hasty.connect(str(forks.loaded("patched")))
        hasty.send(b"{")
    left = forks.start([*COMMAND, "--seed", "none"], **PIPES)
    # Nobody is there any more to be told how it ended.
    os.close(left._ended)
    left.returncode = 2
    left.communicate()
    later = forks.start([*COMMAND, "--seed", "none"], **PIPES)

    later.communicate(timeout=90)
    assert later.returncode == 2


def test_what_nobody_has_loaded_is_started() -> None:
    process = forks.start([sys.executable, "-c", "raise SystemExit(3)"])

    assert type(process) is subprocess.Popen
    assert process.wait(60) == 3
