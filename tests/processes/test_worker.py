"""Workers as processes: they take jobs soon, survive outages, start anew when unheard, and their deaths lose nothing."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.processes import worker_process
from tests.support.runs import forks
from tests.support.servers import MIGRATED
from tests.support.waiting import wait_for
from voicebot.storage.embedded import server as embedded
from voicebot.storage.embedded.home import locate
from voicebot.worker.jobs import POOL_WAIT_S, Backoff, job_app
from voicebot.worker.process import Heartbeat

pytestmark = [pytest.mark.sql, pytest.mark.long]
ROOT = Path(__file__).parents[2]
SCRIPT = Path(worker_process.__file__)
DEAD_AFTER_S = 1.0
# What a busy machine must not bring about takes long; what a test waits for, tenths of seconds.
LIMITS = {"poll_s": 0.1, "heartbeat_s": 0.2, "heartbeat_limit_s": 30.0, "reconnect_s": 0.2, "graceful_s": 5.0}
SEEN = "create table if not exists public.seen (what text, pid int, at timestamptz default clock_timestamp())"


class Workers:
    """Starts worker processes and ends those that a test left running."""

    def __init__(self, dsn):
        self.dsn, self.started = dsn, []

    def start(self, **limits):
        """Start one out of a process that has loaded everything: Python needs a second for that."""
        command = [sys.executable, "-m", worker_process.__name__, *self.words(limits)]
        process = forks.start(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.started.append(process)
        return process

    def start_by_itself(self, **limits):
        """Start one that can start itself anew, and whose log can be read."""
        command = [sys.executable, str(SCRIPT), *self.words(limits)]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.started.append(process)
        return process

    def words(self, limits):
        return self.dsn, json.dumps(LIMITS | limits), str(DEAD_AFTER_S)

    def end(self):
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def workers(dsn, owner):
    owner.execute(SEEN)
    owner.execute("truncate public.seen")
    owner.execute("delete from jobs.procrastinate_jobs")
    owner.execute("delete from jobs.procrastinate_workers")
    started = Workers(dsn)
    yield started
    started.end()


def defer(owner, task, **args):
    return owner.execute("select jobs.defer(%s, %s)", [task, json.dumps(args)]).fetchone()[0]


def seen(owner):
    return [what for (what,) in owner.execute("select what from public.seen order by at").fetchall()]


def status(owner, job):
    row = owner.execute(
        "select status::text, attempts from jobs.procrastinate_jobs where id = %s", [job]
    ).fetchone()
    return row or ("gone", None)


def idle(workers, owner, **limits):
    """Start a worker and wait until it has done a first job and looked for another in vain."""
    job = defer(owner, "note", what="first")
    workers.start(**limits)
    wait_for(lambda: status(owner, job) == ("gone", None))
    # A look that comes later finds the next job as well: the test shows less then, and does not fail.
    time.sleep(0.3)


def test_a_job_starts_soon_and_is_gone_when_it_succeeded(workers, owner):
    idle(workers, owner)
    asked = time.monotonic()

    job = defer(owner, "note", what="hello")

    wait_for(lambda: seen(owner) == ["first", "hello"])
    # Left to itself the engine looks every five seconds.
    assert time.monotonic() - asked < 4
    wait_for(lambda: status(owner, job) == ("gone", None))


def test_a_hint_starts_a_job_without_waiting_for_the_next_look(workers, owner, database):
    idle(workers, owner, poll_s=30.0)
    wait_for(
        lambda: owner.execute(
            "select count(*) from pg_stat_activity where query ilike 'listen%%'"
        ).fetchone()[0]
    )
    defer(owner, "note", what="hinted")

    database.call("hint_workers")

    wait_for(lambda: seen(owner) == ["first", "hinted"])


def test_a_job_whose_worker_was_killed_runs_again_elsewhere(workers, owner):
    victim = workers.start()
    job = defer(owner, "kill_once", what="survivor")
    victim.wait(20)

    workers.start()

    wait_for(lambda: seen(owner) == ["survivor", "survivor"])
    wait_for(lambda: status(owner, job) == ("gone", None))
    pids = owner.execute("select count(distinct pid) from public.seen").fetchone()[0]
    assert pids == 2


def test_a_job_that_always_kills_its_worker_is_given_up_and_others_run(workers, owner):
    job = defer(owner, "kill", what="poison")
    deaths = 0
    while status(owner, job)[0] != "failed" and deaths < 6:
        worker = workers.start()
        wait_for(
            lambda worker=worker: worker.poll() is not None or status(owner, job)[0] == "failed",
            timeout_s=30,
        )
        deaths += worker.poll() is not None

    defer(owner, "note", what="neighbour")
    workers.start()

    wait_for(lambda: "neighbour" in seen(owner))
    assert seen(owner).count("poison") == 3
    assert status(owner, job) == ("failed", 3)


def test_a_job_that_fails_is_tried_again_with_pauses_and_then_given_up(workers, owner):
    workers.start()

    job = defer(owner, "fail", what="broken")

    wait_for(lambda: status(owner, job)[0] == "failed")
    assert seen(owner) == ["broken"] * 3


def test_sigterm_lets_the_running_job_finish_and_takes_no_other(workers, owner):
    worker = workers.start(concurrency=1)
    defer(owner, "slow", what="job", seconds=1.0)
    wait_for(lambda: seen(owner) == ["job began"])
    waiting = defer(owner, "note", what="too late")

    worker.terminate()

    assert worker.wait(60) == 0
    assert seen(owner) == ["job began", "job ended"]
    assert status(owner, waiting)[0] == "todo"
    assert owner.execute("select count(*) from jobs.procrastinate_workers").fetchone()[0] == 0


def test_a_worker_that_was_given_up_registers_anew_and_goes_on(workers, owner):
    workers.start()
    wait_for(lambda: owner.execute("select count(*) from jobs.procrastinate_workers").fetchone()[0])

    owner.execute("delete from jobs.procrastinate_workers")

    wait_for(lambda: owner.execute("select count(*) from jobs.procrastinate_workers").fetchone()[0])
    defer(owner, "note", what="still here")
    wait_for(lambda: "still here" in seen(owner))


def heard(worker, words):
    """Wait for a line of the worker's log."""
    while line := worker.stderr.readline():
        if words in line:
            return
    raise AssertionError(f"it ended without saying {words!r}")


def test_a_short_outage_is_lived_through_and_after_a_long_one_the_worker_starts_anew(own_server):
    folder, dsn = own_server.data_dir, own_server.dsn(MIGRATED)
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute(SEEN)
    workers = Workers(dsn)
    worker = workers.start_by_itself(heartbeat_limit_s=5.0)
    try:
        with psycopg.connect(dsn, autocommit=True) as owner:
            wait_for(lambda: owner.execute("select count(*) from jobs.procrastinate_workers").fetchone()[0])

        embedded.stop(folder, mode="immediate")
        # Long enough for heartbeats to fail.
        time.sleep(0.6)
        embedded.ensure_running(folder)
        with psycopg.connect(dsn, autocommit=True) as owner:
            defer(owner, "note", what="after the outage")
            wait_for(lambda: seen(owner) == ["after the outage"])
        assert worker.poll() is None

        embedded.stop(folder, mode="immediate")
        heard(worker, b"no heartbeat could be written")
        embedded.ensure_running(folder)
        with psycopg.connect(dsn, autocommit=True) as owner:
            defer(owner, "note", what="after the long one")
            wait_for(lambda: "after the long one" in seen(owner))
            by = owner.execute("select distinct pid from public.seen").fetchall()
        assert by == [(worker.pid,)]
    finally:
        workers.end()


def test_one_attempt_to_connect_is_given_up_soon_so_that_the_next_one_finds_the_database_back():
    async def connect() -> None:
        async with job_app("postgresql://nobody@127.0.0.1:1/nothing", None, {}, {}).open_async():
            raise AssertionError("nobody listens there")

    began = time.monotonic()
    with pytest.raises(psycopg.Error):
        asyncio.run(connect())

    # The engine's own wait is half a minute.
    assert time.monotonic() - began < 2 * POOL_WAIT_S


def test_a_worker_starts_anew_when_the_database_falls_silent(workers, owner, server):
    worker = workers.start_by_itself(heartbeat_limit_s=2.0)
    backends = "select pid from pg_stat_activity where application_name = 'voicebot-worker' and datname = current_database()"
    wait_for(lambda: len(owner.execute(backends).fetchall()) >= 2)
    postmaster = int((locate(server.data_dir).data / "postmaster.pid").read_text().split()[0])

    # The postmaster first, or the worker would be given new connections that do answer.
    os.kill(postmaster, signal.SIGSTOP)
    # A backend that it made just before shows itself in this time.
    time.sleep(0.5)
    frozen = [postmaster, *(pid for (pid,) in owner.execute(backends).fetchall())]
    for pid in frozen[1:]:
        os.kill(pid, signal.SIGSTOP)
    try:
        heard(worker, b"no heartbeat could be written")
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    defer(owner, "note", what="heard again")

    wait_for(lambda: seen(owner) == ["heard again"])
    assert worker.poll() is None


def test_the_worker_refuses_to_run_under_gevent():
    words = (
        "from gevent import monkey; monkey.patch_all(); from voicebot.worker.process import work; work(None)"
    )

    refused = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, timeout=30
    )

    assert refused.returncode == 1
    assert "start it without gevent" in refused.stderr


def test_a_heartbeat_in_time_keeps_the_process_alive():
    ended, looked, now = [], [], [100.0]

    def monotonic() -> float:
        looked.append(now[0])
        return now[0]

    def pass_s(seconds: float) -> None:
        now[0] += seconds

    heartbeat = Heartbeat(0.3, end=lambda: ended.append(1), monotonic=monotonic)
    heartbeat.watch()

    for _ in range(8):
        heartbeat.written()
        pass_s(0.29)
        wait_for(lambda: looked.count(now[0]) >= 2)
    alive = not ended
    pass_s(0.29)

    assert alive
    wait_for(lambda: ended == [1])


def test_pauses_grow_are_scattered_and_have_an_end():
    policy = Backoff(max_attempts=5, first_s=5, longest_s=100)

    longest = [policy.delay_s(failures, scatter=1.0) for failures in range(1, 6)]
    shortest = [policy.delay_s(failures, scatter=0.0) for failures in range(1, 6)]

    assert longest == [5, 15, 45, 100, 100]
    assert shortest == [2.5, 7.5, 22.5, 50, 50]
