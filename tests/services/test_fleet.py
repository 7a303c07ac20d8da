"""The processes of one database share what a provider allows all of them."""

import threading
from dataclasses import replace

import psycopg
import pytest

from tests.support.waiting import wait_for
from voicebot.limits import FleetLimits, Limits
from voicebot.providers.ports import Priority, ProviderError
from voicebot.providers.slots.admission import Admission
from voicebot.providers.slots.rooms import Slots
from voicebot.services.fleet import keep_share, see_fleet
from voicebot.storage.database import DatabaseAway

PLAN = 4
SOON_S = 10.0


@pytest.fixture
def connection(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("delete from public.machines")
        yield connection


@pytest.fixture
def start(make_runtime):
    """Start a process: its runtime, with a gate before a voice whose plan allows four."""

    def process(**changes):
        runtime = make_runtime(**changes)
        runtime.admissions = [Admission("plan", Slots(PLAN, runtime.share), longest_wait_s=0.0)]
        return runtime

    return process


def utterances(runtime) -> int:
    """Begin as many as this process may at the same time."""
    for begun in range(2 * PLAN):
        try:
            runtime.admissions[0].enter(Priority.ANSWER)
        except ProviderError:
            return begun
    raise AssertionError("there is no limit")


def grow_old(connection, machine: str, seconds: float) -> None:
    connection.execute(
        "update public.machines set seen_at = seen_at - make_interval(secs => %s) where machine = %s",
        [seconds, machine],
    )


def test_two_processes_share_a_limit_and_a_worker_takes_one(connection, start):
    first, second, worker = start(), start(), start()

    for _ in range(2):
        see_fleet(first, "a", "web")
        see_fleet(second, "b", "live")
    halves = (first.share.of(PLAN), second.share.of(PLAN))
    see_fleet(worker, "c", "worker")
    see_fleet(first, "a", "web")
    see_fleet(second, "b", "live")

    assert halves == (2, 2)
    assert (utterances(first), utterances(second), utterances(worker)) == (2, 1, 1)


def test_a_process_that_dies_gives_its_share_back_within_15_seconds(connection, start):
    limits = FleetLimits()
    first, second = start(), start()
    see_fleet(second, "b", "web")
    see_fleet(first, "a", "web")
    assert first.share.of(PLAN) == 2

    grow_old(connection, "b", limits.forget_after_s - 0.5)
    see_fleet(first, "a", "web")
    still = first.share.of(PLAN)
    grow_old(connection, "b", 0.6)
    see_fleet(first, "a", "web")

    assert (still, first.share.of(PLAN)) == (2, PLAN)
    assert connection.execute("select array_agg(machine) from public.machines").fetchone() == (["a"],)
    assert limits.forget_after_s + limits.every_s <= 15.0


class Database:
    """A database that is away until the test says that it is back."""

    def __init__(self, database) -> None:
        self._database, self.is_back = database, False
        self.asked = threading.Semaphore(0)

    def call(self, function, /, **params):
        self.asked.release()
        if not self.is_back:
            raise DatabaseAway(function)
        return self._database.call(function, **params)

    def close(self):
        pass


def test_the_last_share_stays_in_force_while_the_database_is_away(connection, start):
    runtime = start(limits=Limits(fleet=FleetLimits(every_s=0.01)))
    see_fleet(start(), "b", "web")
    see_fleet(runtime, "a", "web")
    connection.execute("delete from public.machines where machine = 'b'")
    database = Database(runtime.database)
    leave = keep_share(replace(runtime, database=database), "web")

    for _ in range(3):
        assert database.asked.acquire(timeout=SOON_S)
    kept = runtime.share.of(PLAN)
    connection.execute("delete from public.machines")
    database.is_back = True
    wait_for(lambda: runtime.share.of(PLAN) == PLAN)
    leave()

    assert kept == PLAN // 2


def test_a_process_that_ends_is_forgotten_at_once(connection, start):
    staying = start()
    leaving = start(limits=Limits(fleet=FleetLimits(every_s=0.01)))
    leave = keep_share(leaving, "web")
    wait_for(lambda: connection.execute("select count(*) from public.machines").fetchone() == (1,))

    leave()
    see_fleet(staying, "a", "web")

    assert staying.share.of(PLAN) == PLAN
    assert connection.execute("select machine, role, calls from public.machines").fetchall() == [
        ("a", "web", 0)
    ]
