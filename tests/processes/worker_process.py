"""A worker with tasks that tests can see: `python worker_process.py DSN LIMITS-AS-JSON DEAD-AFTER-S`."""

import json
import os
import signal
import sys
import time

import psycopg

from voicebot.limits import WorkerLimits
from voicebot.storage.database import PostgresDatabase
from voicebot.worker.jobs import Backoff, job_app, sweep_stalled
from voicebot.worker.process import work


def record(dsn, what):
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("insert into public.seen (what, pid) values (%s, %s)", [what, os.getpid()])


def note(dsn, what):
    record(dsn, what)


def kill(dsn, what):
    record(dsn, what)
    os.kill(os.getpid(), signal.SIGKILL)


def kill_once(dsn, what):
    with psycopg.connect(dsn, autocommit=True) as connection:
        first = connection.execute(
            "select not exists (select from public.seen where what = %s)", [what]
        ).fetchone()[0]
    record(dsn, what)
    if first:
        os.kill(os.getpid(), signal.SIGKILL)


def slow(dsn, what, seconds):
    record(dsn, f"{what} began")
    # Slow on purpose: a job that is under way when something happens.
    time.sleep(seconds)
    record(dsn, f"{what} ended")


def fail(dsn, what):
    record(dsn, what)
    raise ValueError("on purpose")


def main(dsn, limits, dead_after_s):
    database = PostgresDatabase(dsn)

    def swept(_runtime):
        sweep_stalled(database, heartbeat_limit_s=dead_after_s, max_attempts=3)

    tasks = {task.__name__: task for task in (note, kill, kill_once, slow, fail)}
    retry = Backoff(max_attempts=3, first_s=0.05)
    every_second = "* * * * * *"
    work(
        lambda beat: job_app(
            dsn, dsn, tasks, {"sweep_stalled": (every_second, swept)}, retry=retry, beat=beat
        ),
        WorkerLimits(**limits),
    )
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3]))
