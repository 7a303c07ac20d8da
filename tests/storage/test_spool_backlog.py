"""A spool after hours without the database, and one whose database is there but not itself: nobody waits, nothing is lost."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from tests.storage.spooling import KEY, NOON, Database, database, facts, flusher, received, sids, spool
from voicebot.storage.database import DatabaseBug
from voicebot.storage.spool.facts import Facts
from voicebot.storage.spool.files import Spool, SpooledFact, digest_of
from voicebot.storage.spool.flusher import PATIENCE_S, SpoolFlusher, tell_what_stays

ROOT = Path(__file__).parents[2]
NOW = NOON + timedelta(seconds=10)
__all__ = ["database", "facts", "spool"]


class Migrating(Database):
    """Lacks a function, or its insides, for a while."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__()
        self.sqlstate = sqlstate
        self.lacks: set[str] = set()
        self.asked: list[str] = []

    def call(self, function: str, /, **params: object) -> object:
        self.asked.append(function)
        if function in self.lacks:
            raise DatabaseBug(function, self.sqlstate)
        return super().call(function, **params)


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def spooled(spool: Spool, number: str, sid: str) -> None:
    away = Database()
    away.away = True
    received(Facts(away, spool, lambda: NOW), number, sid)


# --- a database that is not itself --------------------------------------------------------------------


@pytest.mark.parametrize(
    "sqlstate", ["42883", "42P01", "40P01", "40001", "XX000", "0A000", "PGRST301", "500"]
)
def test_what_a_database_refuses_that_is_being_migrated_waits_for_it(
    facts: Facts, spool: Spool, sqlstate: str
) -> None:
    migrating = Migrating(sqlstate)
    migrating.lacks = {"message_received"}
    closed = Database()
    closed.away = True
    writing = Facts(closed, spool, facts._now)
    received(writing, "+12025550123", "SM1")
    received(writing, "+12025550144", "SM2")
    writing.about("CA1").call("record_call_status", message_sid="CA1")
    replaying = flusher(spool, migrating)

    replaying.flush()
    there_meanwhile, asked = sids(migrating), list(migrating.asked)
    migrating.lacks = set()
    replaying.flush()

    assert there_meanwhile == ["CA1"], "the others go on"
    assert asked == ["message_received", "record_call_status"], "and it is asked once a round"
    assert sids(migrating) == ["CA1", "SM1", "SM2"]
    assert not (spool.folder / ".corrupt").exists()


def test_what_is_refused_for_a_quarter_of_an_hour_is_for_a_person(
    facts: Facts, spool: Spool, database: Database
) -> None:
    migrating, ticks = Migrating("42883"), Ticks()
    migrating.lacks = {"message_received"}
    database.away = True
    received(facts, "+12025550123", "SM1")
    replaying = SpoolFlusher(spool, migrating, clock=ticks)

    replaying.flush()
    ticks.now = PATIENCE_S - 1
    replaying.flush()
    still = len(spool.waiting())
    ticks.now = PATIENCE_S
    replaying.flush()

    assert (still, len(spool.waiting())) == (1, 0)
    assert len(list((spool.folder / ".corrupt").iterdir())) == 1


def test_the_thread_that_replays_outlives_whatever_goes_wrong(
    facts: Facts, spool: Spool, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.away = True
    received(facts, "+12025550123", "SM1")
    database.away = False
    replayed = Event()
    faults = [RuntimeError("can't start new thread")]

    def flushed() -> None:
        if faults:
            spooled(spool, "+12025550144", "SM2")
            raise faults.pop()
        replayed.set()

    replaying = SpoolFlusher(spool, database, flushed=flushed, poll_s=0.01)
    replaying.start()

    assert replayed.wait(10)
    replaying.stop()
    assert sids(database) == ["SM1", "SM2"]
    assert "cannot be replayed now" in caplog.text


def test_files_of_others_are_left_alone(facts: Facts, spool: Spool, database: Database) -> None:
    strange = spool.folder / "notes-of-mine.fact"
    strange.write_text("not a fact")
    database.away = True
    received(facts, "+12025550123", "SM1")
    database.away = False

    assert flusher(spool, database).flush() == 1
    assert not spool.holds_back(NOW)
    assert strange.exists()


# --- a long backlog -----------------------------------------------------------------------------------


def test_a_process_that_ends_says_what_stays(
    facts: Facts, spool: Spool, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    tell_what_stays(spool)
    assert caplog.records == []

    database.away = True
    received(facts, "+12025550123", "SM1")
    caplog.clear()
    tell_what_stays(spool)

    [line] = caplog.records
    assert (line.levelname, vars(line)["count"]) == ("ERROR", 1)


MANY = 60
UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import os, sys, time
import gevent
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from voicebot.storage.database import DatabaseAway
from voicebot.storage.spool.facts import Facts
from voicebot.storage.spool.files import Spool
from voicebot.storage.spool.flusher import SpoolFlusher

class Away:
    def call(self, function, /, **params):
        raise DatabaseAway("away")

# Sixty entries take as long as tens of thousands do.
slept, scan, list_all = monkey.get_original("time", "sleep"), os.scandir, os.listdir

@contextmanager
def slow_scan(folder):
    with scan(folder) as entries:
        yield (slept(0.01) or entry for entry in entries)

os.scandir = slow_scan
os.listdir = lambda folder: slept(0.6) or list_all(folder)

spool = Spool(Path(sys.argv[1]), b"k" * 32)
ticks = []

def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.01)

ticker = gevent.spawn(tick)
gevent.sleep(0.05)
SpoolFlusher(spool, Away()).flush()
held = Facts(Away(), spool, lambda: datetime.now(UTC)).about("+12025550123").call("message_received")
held_back = spool.holds_back(datetime.now(UTC))
print(held["result"], held_back, max(later - sooner for sooner, later in zip(ticks, ticks[1:])) < 0.4)
"""


def test_many_waiting_facts_do_not_hold_up_the_calls_of_a_web_process(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", KEY)
    folder = spool.folder
    folder.mkdir()
    # The oldest is whole, so that a round ends where it finds the database away.
    spool.append(SpooledFact("message_received", "key", {}, datetime.fromtimestamp(0, UTC)))
    for number in range(1, MANY):
        (folder / f"{number:020d}-{digest_of(str(number))}-00000000.fact").touch()

    run = subprocess.run(
        [sys.executable, "-c", UNDER_GEVENT, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert run.stdout == "spooled True True\n", run.stderr
