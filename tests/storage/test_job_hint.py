"""Hints: the first at once, few of them, and none missing after the last piece of work."""

import threading
import time

import pytest

from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.worker.hint import JobHint


class Recorder:
    """Takes calls and notes when; raises what it is told to."""

    def __init__(self):
        self.at = []
        self.error = None
        self.called = threading.Event()

    def call(self, function, /, **params):
        assert function == "hint_workers"
        self.at.append(time.monotonic())
        self.called.set()
        if self.error is not None:
            raise self.error

    def close(self):
        return None


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def hint(recorder):
    sender = JobHint(recorder, pause_s=0.1)
    yield sender
    sender.close()


def test_the_first_hint_goes_out_at_once_and_holds_nobody_up(hint, recorder):
    started = time.monotonic()

    hint.made_work()

    assert time.monotonic() - started < 0.05
    assert recorder.called.wait(1)
    assert recorder.at[0] - started < 0.09


def test_a_burst_of_work_sends_a_hint_every_tenth_of_a_second_and_one_after_its_end(hint, recorder):
    ends = time.monotonic() + 0.45
    while time.monotonic() < ends:
        hint.made_work()
        last = time.monotonic()
        time.sleep(0.002)
    time.sleep(0.25)

    gaps = [later - earlier for earlier, later in zip(recorder.at, recorder.at[1:], strict=False)]
    assert 4 <= len(recorder.at) <= 7
    assert min(gaps) > 0.095
    assert recorder.at[-1] >= last


def test_without_work_there_are_no_hints(hint, recorder):
    hint.made_work()
    time.sleep(0.35)

    assert len(recorder.at) == 1


@pytest.mark.parametrize("error", [DatabaseAway("away"), DatabaseBug("hint_workers", "42883")])
def test_a_failure_costs_the_hint_and_nothing_else(hint, recorder, error):
    recorder.error = error
    hint.made_work()
    assert recorder.called.wait(1)
    recorder.error = None
    recorder.called.clear()

    hint.made_work()

    assert recorder.called.wait(1)
