"""Signed webhooks a second with their durable write: this service against an afternoon's handler, in one run.

Both are served by gunicorn with two gevent workers on this machine, on a Postgres that syncs every commit. The
afternoon version goes through Supabase's own local REST server (`@supabase/lite`), as its client library wants.
Each is offered rising rates until it falls behind; then more than it can give.

With `--against PATH` it is this version against another one, a checkout of this repository with an environment of its
own in `.venv`: both in turns, at one rate, on databases of their own, with the floor (`benchmarks.floor`) beside them.
What counts is the CPU a request, because rates differ with the hour.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.webhook_servers import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    ROOT,
    Served,
    Server,
    afternoon,
    floor,
    postgres,
    service,
    settings_of,
)
from tests.support.machines.lite_server import SupabaseLite

TARGET_PER_S, TARGET_P99_MS, TARGET_FACTOR = 400, 100.0, 3.0
RATES = (40, 80, 120, 160, 200, 300, 400, 500, 600, 700)
TOO_MUCH = 1000
KEEPS_UP = 0.95
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
COMPARED_AT, ROUNDS = 300, 5
"""The rate at which two versions are compared, and how often each has its turn."""
TARGET_SAVED = 0.25


def offer(served: Served, rate: float, seconds: float) -> dict[str, Any]:
    """Offer one rate; return the generator's report with the CPU milliseconds a request."""
    before = served.cpu_s()
    command = [
        sys.executable, "-m", "benchmarks.load", "--url", served.url, "--account-sid", ACCOUNT_SID,
        "--auth-token", AUTH_TOKEN, "--rate", str(rate), "--seconds", str(seconds),
    ]  # fmt: skip
    report: dict[str, Any] = json.loads(
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    )
    requests = sum(report["statuses"].values())
    used = [
        (after - earlier) * 1000 / requests for earlier, after in zip(before, served.cpu_s(), strict=True)
    ]
    report["cpu_ms"], report["web_ms"] = round(sum(used), 2), round(used[0], 2)
    report["failed"] = requests - report["statuses"].get("200", 0) - report["statuses"].get("204", 0)
    return report


def climb(console: Console, served: Served) -> list[tuple[int, dict[str, Any]]]:
    """Offer rising rates until it cannot keep up with one; return all reports."""
    reports = []
    # Imports, and the pools' connections: each costs the database some 30 ms until it knows our functions.
    offer(served, 150, 4)
    for rate in RATES:
        report = offer(served, rate, SECONDS)
        reports.append((rate, report))
        console.print(
            f"  {served.name}: {rate}/s offered, {report['per_s']}/s, p99 {report['all']['p99']} ms, {report['cpu_ms']} CPU-ms, {report['failed']} failed"
        )
        if report["failed"] or report["per_s"] < KEEPS_UP * rate:
            break
    return reports


def sustained(report: dict[str, Any]) -> bool:
    """Whether the server kept up: nothing failed and the tail stayed under the target."""
    return report["failed"] == 0 and report["all"]["p99"] < TARGET_P99_MS


def main() -> int:
    """Measure as the arguments ask, print the table, and say whether the targets are met."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--against", type=Path, metavar="PATH", help="another version, with its own .venv")
    options.add_argument("--rate", type=int, default=COMPARED_AT, help="at which two versions are compared")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="many short ones where others work too")
    given = options.parse_args()
    console = Console(highlight=False, width=120)
    with ExitStack() as stack:
        ground = stack.enter_context(postgres(stack))
        if given.against:
            return against(console, stack, ground, given)
        return peers(console, stack, ground)


def peers(console: Console, stack: ExitStack, ground: Server) -> int:
    """Measure this service and the afternoon version, one after the other."""
    databases = {name: ground.database(name, migrated=True) for name in ("ours", "afternoon")}
    with psycopg.connect(databases["ours"]) as connection:
        host = connection.info.host
    folder, pid = ground.folder, ground.pid()
    with service("ours", settings_of(stack, folder, databases["ours"]), folder, pid) as served:
        ours_reports = climb(console, served)
        mine_full = offer(served, TOO_MUCH, SECONDS)
    lite = SupabaseLite(host, "afternoon", folder)
    lite.start()
    stack.callback(lite.stop)
    with afternoon(folder, lite, pid) as served:
        afternoon_reports = climb(console, served)
        theirs_full = offer(served, TOO_MUCH, SECONDS)
    rows = (
        ("ours", best(ours_reports), mine_full),
        ("afternoon version", best(afternoon_reports), theirs_full),
    )
    return tell(console, rows)


def against(console: Console, stack: ExitStack, ground: Server, given: argparse.Namespace) -> int:
    """Measure this version, the other one and the floor in turns, every second time backwards: the CPU a request."""
    folder, pid, root = ground.folder, ground.pid(), given.against.resolve()
    mine = settings_of(stack, folder, ground.database("mine", migrated=True))
    theirs = settings_of(stack, folder, ground.database("theirs"))
    migrating = [str(root / ".venv/bin/python"), "-m", "voicebot", "migrate"]
    subprocess.run(migrating, cwd=root, env=os.environ | theirs, check=True, capture_output=True)
    served = [
        stack.enter_context(service("this version", mine, folder, pid)),
        stack.enter_context(service("the other", theirs, folder, pid, root=root)),
        stack.enter_context(floor(folder, ground.database("floor"), pid)),
    ]
    cost: dict[str, list[float]] = {one.name: [] for one in served}
    web: dict[str, list[float]] = {one.name: [] for one in served}
    tail: dict[str, list[float]] = {one.name: [] for one in served}
    for one in served:
        offer(one, given.rate, 4)
    for number in range(given.rounds):
        for one in reversed(served) if number % 2 else served:
            report = offer(one, given.rate, SECONDS)
            if report["failed"]:
                raise SystemExit(f"{one.name}: {report['failed']} requests failed")
            cost[one.name].append(report["cpu_ms"])
            web[one.name].append(report["web_ms"])
            tail[one.name].append(report["all"]["p99"])
            console.print(f"  {one.name}: {report['cpu_ms']} CPU-ms, p99 {report['all']['p99']} ms")
    table = Table(
        f"at {given.rate}/s, {given.rounds} rounds",
        "CPU-ms a request",
        "least",
        "most",
        "of it web",
        "p99 ms",
    )
    for one in served:
        values = cost[one.name]
        row = (
            statistics.median(values), min(values), max(values), statistics.median(web[one.name]),
            statistics.median(tail[one.name]),
        )  # fmt: skip
        table.add_row(one.name, *(f"{value:.2f}" for value in row))
    console.print(table)
    postgres_part = {
        name: [whole - part for whole, part in zip(cost[name], web[name], strict=True)] for name in cost
    }
    saved = _saved(cost)
    console.print(
        f"the web processes {_saved(web):.0%} less, Postgres {_saved(postgres_part):.0%} less, round by round; in all "
        f"{saved:.0%} less CPU a request than the other version; target {TARGET_SAVED:.0%}: "
        f"{'met' if saved >= TARGET_SAVED else 'missed'}"
    )
    return 0 if saved >= TARGET_SAVED else 1


def _saved(cost: dict[str, list[float]]) -> float:
    """Return which part of the other version's cost is saved, in the median of the rounds."""
    pairs = zip(cost["this version"], cost["the other"], strict=True)
    return 1 - statistics.median(ours / others for ours, others in pairs)


def best(reports: list[tuple[int, dict[str, Any]]]) -> tuple[int, dict[str, Any]]:
    """Return the highest rate that was sustained."""
    held = [(rate, report) for rate, report in reports if sustained(report)]
    return held[-1] if held else (0, reports[0][1])


Row = tuple[str, tuple[int, dict[str, Any]], dict[str, Any]]


def tell(console: Console, rows: tuple[Row, Row]) -> int:
    """Print what docs/figures.md quotes: what each held with p99 under the target, and what it gave when offered too much."""
    table = Table("", "held /s", "p50 ms", "p99 ms", f"given /s at {TOO_MUCH} offered", "CPU-ms a request")
    for name, (rate, held), full in rows:
        latency = held["all"] if rate else {"p50": "-", "p99": "-"}
        table.add_row(
            name, str(rate), str(latency["p50"]), str(latency["p99"]), str(full["per_s"]), str(full["cpu_ms"])
        )
    console.print(table)
    (_, mine, mine_full), (_, theirs, theirs_full) = rows
    factor = mine_full["per_s"] / max(theirs_full["per_s"], 0.1)
    met = mine[0] >= TARGET_PER_S and factor >= TARGET_FACTOR
    console.print(
        f"{factor:.1f} times the afternoon version (held {mine[0]}/s against {theirs[0]}/s); "
        f"target {TARGET_PER_S}/s and {TARGET_FACTOR:.0f} times: {'met' if met else 'missed'}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
