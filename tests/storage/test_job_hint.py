"""Hints: the first at once, few of them, and none missing after the last piece of work."""

import threading

import pytest

from tests.support.waiting import wait_for
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.worker.hint import JobHint


class Recorder:
    """Takes calls and counts them; raises what it is told to, and is slow until the test is over."""

    def __init__(self):
        self.calls = 0
        self.error = None
        self.is_slow = False
        self.over = threading.Event()

    def call(self, function, /, **params):
        assert function == "hint_workers"
        self.calls += 1
        if self.is_slow:
            self.over.wait(20)
        if self.error is not None:
            raise self.error

    def close(self):
        return None


class Pauses:
    """The pauses between two hints: each lasts until the test ends it."""

    def __init__(self):
        self.begun = []
        self._ends = threading.Semaphore(0)

    def __call__(self, seconds):
        self.begun.append(seconds)
        self._ends.acquire(timeout=20)

    def end(self):
        self._ends.release()


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def pauses():
    return Pauses()


@pytest.fixture
def hint(recorder, pauses):
    sender = JobHint(recorder, sleep=pauses)
    yield sender
    sender.close()
    recorder.over.set()
    pauses.end()


def test_the_first_hint_goes_out_at_once_and_holds_nobody_up(hint, recorder):
    recorder.is_slow = True

    hint.made_work()

    assert wait_for(lambda: recorder.calls) == 1


def test_a_burst_of_work_sends_a_hint_every_tenth_of_a_second_and_one_after_its_end(hint, recorder, pauses):
    for number in range(1, 4):
        for _ in range(20):
            hint.made_work()
        wait_for(lambda number=number: len(pauses.begun) == number)
        # Work of the pause waits for its end.
        hint.made_work()
        assert recorder.calls == number
        pauses.end()

    wait_for(lambda: len(pauses.begun) == 4)
    assert recorder.calls == 4
    assert pauses.begun == [0.1] * 4


def test_without_work_there_are_no_hints(hint, recorder, pauses):
    for _ in range(5):
        pauses.end()

    hint.made_work()
    wait_for(lambda: pauses.begun)
    hint.made_work()
    wait_for(lambda: len(pauses.begun) >= 2)
    hint.close()
    hint._thread.join(20)

    assert recorder.calls == 2


@pytest.mark.parametrize("error", [DatabaseAway("away"), DatabaseBug("hint_workers", "42883")])
def test_a_failure_costs_the_hint_and_nothing_else(hint, recorder, pauses, error):
    recorder.error = error
    hint.made_work()
    wait_for(lambda: pauses.begun)
    recorder.error = None

    hint.made_work()
    pauses.end()

    assert wait_for(lambda: recorder.calls == 2)
