"""How many entries of the queue a second eight claimers take, with every rule on, at ten thousand rows and at a million.

Beside it, in the same run on the same server: procrastinate's own fetch of jobs that do nothing. The entries are of three
campaigns in three time zones, each person with a consent; a claim takes 20. No entry may be claimed twice, no campaign may
have more calls under way than it may: `python -m benchmarks.queue --rows 10000 100000 1000000`.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from simulator.house import own_database

CLAIMERS, BATCH = 8, 20
ZONES = ("America/New_York", "America/Denver", "America/Los_Angeles")
LIMITS = {
    "calls_per_second": 1_000_000, "burst": 1_000_000, "concurrent": 1_000_000, "daily_usd": 1_000_000, "call_usd": 0.2,
}  # fmt: skip
SEED = """
    with person as (select (public.ensure_user('+12025550199') ->> 'user_id')::uuid as id),
         made as (
             insert into public.campaigns (user_id, name, state, concurrent)
             select person.id, 'campaign ' || n, 'running', 500000 from person, generate_series(0, 2) n returning id, user_id, name),
         numbers as (select n, '+1303' || lpad(n::text, 7, '0') as number from generate_series(1, %(rows)s) n),
         consents as (
             insert into public.consents (phone_number, purpose, state, channel, wording_version, given_at)
             select number, 'calls', 'granted', 'web', 'bench', now() from numbers)
    insert into public.call_queue (
        user_id, campaign_id, recipient_number, purpose, country, zones, checked_at, next_attempt_at, priority)
    select made.user_id, made.id, number, 'service', 'US', array[(%(zones)s::text[])[1 + n %% 3]], now(),
           now() - (n %% 1000) * interval '1 second', 0
      from numbers join made on made.name = 'campaign ' || (n %% 3)
"""
EMPTY = """
    truncate public.call_queue, public.call_attempts, public.consents, public.campaigns, public.dialling_load,
             public.dialling_lanes, public.dialling_accounts, public.call_history, procrastinate_jobs cascade;
"""


@dataclass
class Figures:
    """What one size of the queue gave."""

    rows: int
    claims_per_s: float
    claim_p50_ms: float
    claim_p99_ms: float
    twice: int
    over: int


def main() -> None:
    """Measure each size and print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each size is claimed from")
    arguments = parser.parse_args()
    console = Console()
    with (
        tempfile.TemporaryDirectory() as folder,
        own_database(Path(folder)) as dsn,
        Progress(console=console) as progress,
    ):
        task = progress.add_task("sizes", total=len(arguments.rows) + 1)
        found = []
        for rows in arguments.rows:
            found.append(measure(dsn, rows, arguments.seconds))
            progress.advance(task)
        jobs = fetch_jobs(dsn, arguments.seconds)
        progress.advance(task)
    table = Table(title=f"{CLAIMERS} claimers, {BATCH} at once, all rules on")
    for name in ("rows", "claims/s", "p50 ms", "p99 ms", "claimed twice", "over a limit"):
        table.add_column(name, justify="right")
    for one in found:
        table.add_row(
            f"{one.rows:,}", f"{one.claims_per_s:,.0f}", f"{one.claim_p50_ms:.1f}", f"{one.claim_p99_ms:.1f}",
            str(one.twice), str(one.over),
        )  # fmt: skip
    console.print(table)
    console.print(f"procrastinate's fetch of jobs that do nothing: {jobs:,.0f}/s")


def measure(dsn: str, rows: int, seconds: float) -> Figures:
    """Fill the queue, let eight claimers empty it for a while."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("set search_path = public, jobs")
        owner.execute(EMPTY)
        owner.execute(
            'update public.calling_hours set week = (select jsonb_object_agg(d, \'[["00:00", "24:00"]]\'::jsonb) '
            "from unnest(array['mon','tue','wed','thu','fri','sat','sun']) d)"
        )
        owner.execute("update public.dialling_rules set user_concurrent = 900000")
        # What the trigger would find out of each row is known here.
        owner.execute("alter table public.call_queue disable trigger check_new_entry")
        owner.execute(SEED, {"rows": rows, "zones": list(ZONES)})
        owner.execute("alter table public.call_queue enable trigger check_new_entry")
        owner.execute("analyze")
        times: list[float] = []
        claimed = _at_once(dsn, seconds, lambda connection: _claim(connection, times))
        (twice,) = owner.execute(
            "select count(*) - count(distinct call_queue_id) from public.call_attempts"
        ).fetchone() or (0,)
        (over,) = owner.execute(
            "select count(*) from public.dialling_load l where l.calls > 1000000 or l.calls <> ("
            "select count(*) from public.call_attempts a where l.subject in ('account:' || a.account, "
            "'campaign:' || a.campaign_id, 'user:' || a.user_id) and a.state = 'sending')"
        ).fetchone() or (0,)
    times.sort()
    return Figures(
        rows, claimed, 1000 * times[len(times) // 2], 1000 * times[int(len(times) * 0.99)], twice, over
    )


def _claim(connection: psycopg.Connection, times: list[float]) -> int:
    began = time.perf_counter()
    (row,) = connection.execute(
        "select public.claim_calls(%s, 'talks', 60, %s, %s)", [uuid4(), BATCH, Jsonb(LIMITS)]
    ).fetchone() or ({},)
    times.append(time.perf_counter() - began)
    return len(row["dials"])


def fetch_jobs(dsn: str, seconds: float) -> float:
    """Jobs a second that the same number of workers fetch, one at a time, as procrastinate does."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("set search_path = jobs, public")
        owner.execute(
            "insert into procrastinate_jobs (queue_name, task_name, priority, args) "
            "select 'bench', 'nothing', 0, '{}' from generate_series(1, 50000)"
        )
        (worker,) = owner.execute(
            "insert into procrastinate_workers default values returning id"
        ).fetchone() or (0,)

    def fetch(connection: psycopg.Connection) -> int:
        connection.execute("set search_path = jobs, public")
        row = connection.execute(
            "select id from procrastinate_fetch_job_v2(array['bench'], %s)", [worker]
        ).fetchone()
        return 1 if row and row[0] else 0

    return _at_once(dsn, seconds, fetch)


def _at_once(dsn: str, seconds: float, work: Callable[[psycopg.Connection], int]) -> float:
    """Return how much a second eight connections do together until the time is over or there is nothing left."""
    done: list[int] = []
    ends: list[float] = []
    ready = threading.Barrier(CLAIMERS + 1)

    def run() -> None:
        with psycopg.connect(dsn, autocommit=True, prepare_threshold=1) as connection:
            ready.wait()
            until, count = time.perf_counter() + seconds, 0
            while time.perf_counter() < until and (taken := work(connection)):
                count += taken
            done.append(count)
            ends.append(time.perf_counter())

    threads = [threading.Thread(target=run) for _ in range(CLAIMERS)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(done) / (max(ends) - began)


if __name__ == "__main__":
    main()
