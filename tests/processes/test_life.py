"""Starts of processes are waited for as long as there is life, and no longer."""

import subprocess
import sys
import time

import pytest

from tests.support import life
from tests.support.life import wait_for_start

IDLE = "import time; print('waiting', flush=True); time.sleep(600)"


def started(words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", words])


def test_a_process_that_ends_is_waited_for_no_longer():
    process = started("pass")

    with pytest.raises(AssertionError, match=r"ended: its last words"):
        wait_for_start(process.pid, lambda: False, lambda: "its last words")

    process.wait()


def test_a_process_that_works_is_waited_for_longer_than_one_that_stands_still():
    process = started("while True: pass")
    began = time.monotonic()
    try:
        wait_for_start(process.pid, lambda: time.monotonic() - began > 0.6, lambda: "", lifeless_s=0.3)
    finally:
        process.kill()
        process.wait()


def test_a_process_that_stands_still_is_given_up():
    process = started(IDLE)
    try:
        with pytest.raises(AssertionError, match="stands still"):
            wait_for_start(process.pid, lambda: False, lambda: "", lifeless_s=0.3)
    finally:
        process.kill()
        process.wait()


def test_what_its_children_do_is_life_too():
    process = started("import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])")
    try:
        wait_for_start(process.pid, lambda: len(family(process.pid)) > 1, lambda: "")
        before = life.cpu_s(process.pid)
        began = time.monotonic()
        wait_for_start(process.pid, lambda: time.monotonic() - began > 0.6, lambda: "", lifeless_s=0.4)

        assert life.cpu_s(process.pid) > before
    finally:
        for member in family(process.pid):
            member.kill()
        process.wait()


def family(pid):
    process = life.psutil.Process(pid)
    return [*process.children(recursive=True), process]
