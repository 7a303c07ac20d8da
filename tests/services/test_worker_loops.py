"""The loops of the worker: woken by a hint, else by themselves; a failure stops nothing; a stop loses nothing."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from tests.services.texts.text_house import Connection, empty, onboarded, outgoing, somebody, texts
from tests.support.carriers import TextCarrier
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.runtime import Runtime
from voicebot.storage.database import DatabaseAway
from voicebot.worker.loops import Bell, LoopKind, WorkerLoops, product_loops


@dataclass
class Work:
    """Work that is there or not, and how often it was looked for."""

    pieces: int = 0
    looked: int = 0
    errors: list[Exception] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, runtime: Runtime) -> int:
        with self.lock:
            self.looked += 1
            if self.errors:
                raise self.errors.pop(0)
            if not self.pieces:
                return 0
            self.pieces -= 1
            self.done.append(threading.current_thread().name)
            return 1


@pytest.fixture
def running() -> Iterator[Callable[..., WorkerLoops]]:
    started = []

    def run(*kinds: LoopKind) -> WorkerLoops:
        loops = WorkerLoops(None, kinds)
        started.append(loops)
        loops.start()
        return loops

    yield run
    for loops in started:
        assert loops.stop(5)


def test_a_hint_wakes_a_loop_that_would_look_much_later(running):
    work = Work()
    loops = running(LoopKind("work", work, poll_s=60))
    wait_for(lambda: work.looked == 1)

    work.pieces = 1
    loops.hint()

    wait_for(lambda: work.done == ["work-0"], 1.0)


def test_without_a_hint_it_looks_by_itself(running):
    work = Work()
    running(LoopKind("work", work, poll_s=0.05))
    wait_for(lambda: work.looked > 0)

    work.pieces = 1

    wait_for(lambda: len(work.done) == 1, 1.0)


def test_a_loop_that_fails_goes_on(running, caplog):
    work = Work(pieces=1, errors=[RuntimeError("a bug"), DatabaseAway("away")])

    running(LoopKind("work", work, poll_s=0.01))

    wait_for(lambda: len(work.done) == 1, 5.0)
    assert {record.message for record in caplog.records} == {
        "a loop failed and goes on",
        "a loop lost the database",
    }


def test_a_database_that_is_away_is_told_once_and_so_is_its_return(running, caplog):
    caplog.set_level(logging.INFO, logger="voicebot.worker.loops")
    work = Work(pieces=1, errors=[DatabaseAway("away")] * 5)

    running(LoopKind("work", work, poll_s=0.01))

    wait_for(lambda: len(work.done) == 1, 5.0)
    assert [record.message for record in caplog.records] == [
        "a loop lost the database",
        "a loop has the database again",
    ]


def test_what_one_loop_does_wakes_the_one_that_it_feeds(running):
    answering, sending = Work(), Work()
    loops = running(
        LoopKind("answer", answering, poll_s=60, feeds=("send",)), LoopKind("send", sending, poll_s=60)
    )
    wait_for(lambda: answering.looked == sending.looked == 1)
    answering.pieces = sending.pieces = 1

    loops._bells["answer"].ring()

    wait_for(lambda: len(sending.done) == 1, 1.0)


def test_a_kind_that_waits_for_no_hint_keeps_its_pace(running):
    work = Work()
    loops = running(LoopKind("slow", work, poll_s=60, hinted=False))
    wait_for(lambda: work.looked == 1)

    loops.hint()

    assert (loops._bells["slow"].rings, work.looked) == (0, 1)


def test_a_ring_between_looking_and_waiting_is_not_missed():
    bell = Bell()
    heard = bell.rings
    bell.ring()
    began = time.monotonic()

    bell.wait(heard, 5.0)

    assert time.monotonic() - began < 1


def test_a_stop_lets_what_runs_be_finished():
    finished, began = [], threading.Event()

    def slow(runtime: Runtime) -> int:
        began.set()
        # It is asked to stop meanwhile.
        assert loops._stopping.wait(5)
        finished.append(1)
        return 1

    loops = WorkerLoops(None, [LoopKind("slow", slow)])
    loops.start()
    assert began.wait(5)

    assert loops.stop(5)

    assert finished


@pytest.mark.sql
def test_a_text_is_answered_and_sent_by_the_loops_of_another_process(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, owner: Connection, dsn: str
):
    empty(owner)
    carrier, number = TextCarrier(), somebody()
    web, worker = make_runtime(), make_runtime(messaging=carrier)
    onboarded(web, owner, number)
    model.scripts = [["We open at nine."]]
    # So slow by themselves that only hints explain the speed.
    loops = WorkerLoops(worker, [_unhurried(kind) for kind in product_loops()])
    loops.start(dsn)
    wait_for(lambda: hears_hints(owner))
    began = time.monotonic()

    texts(web, number, "When do you open?")

    wait_for(lambda: bool(carrier.taken), 5.0)
    assert time.monotonic() - began < 1.5
    assert [message.body for message in carrier.taken] == ["We open at nine."]
    wait_for(lambda: outgoing(owner, number)[0]["outbox_state"] == "sent")
    assert loops.stop(10)


def hears_hints(owner: Connection) -> bool:
    [(count,)] = owner.execute(
        "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen %'"
    ).fetchall()
    return bool(count)


def _unhurried(kind: LoopKind) -> LoopKind:
    return replace(kind, poll_s=30.0)
