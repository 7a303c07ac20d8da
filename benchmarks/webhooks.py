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
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from simulator.house import free_port, own_database
from tests.support.machines.lite_server import SupabaseLite
from voicebot.demo.place import LOOSE_CAPS
from voicebot.storage.embedded import server

ROOT = Path(__file__).resolve().parent.parent
READY_S = 90.0
"""A server loads for seconds, and for many of them on a machine with other work."""
ACCOUNT_SID, AUTH_TOKEN = "AC" + "1" * 32, "2" * 32
TARGET_PER_S, TARGET_P99_MS, TARGET_FACTOR = 400, 100.0, 3.0
RATES = (40, 80, 120, 160, 200, 300, 400, 500, 600, 700)
TOO_MUCH = 1000
KEEPS_UP = 0.95
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
COMPARED_AT, ROUNDS = 300, 5
"""The rate at which two versions are compared, and how often each has its turn."""
TARGET_SAVED = 0.25


class _Voice(BaseHTTPRequestHandler):
    """ElevenLabs, answering at once: the voice is not what is measured."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Give a short clip."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "audio/mpeg")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"\xff\xf3\x14\xc4" * 250)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@dataclass
class Served:
    """A server under test and the processes whose CPU is its own."""

    name: str
    url: str
    pids: list[int]
    """The web server's process, the database's, and whatever stands between."""

    def cpu_s(self) -> list[float]:
        """Return the CPU seconds that each of its processes has used with its children."""
        return [self._used(pid) for pid in self.pids]

    @staticmethod
    def _used(pid: int) -> float:
        total = 0.0
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            for process in [root, *root.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    total += times.user + times.system
        return total


@contextmanager
def gunicorn(
    target: str, environ: dict[str, str], log: Path, *, root: Path = ROOT, python: str = sys.executable
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve an app with two gevent workers; ours, or another version of it, with its own configuration."""
    bare = [
        "-c",
        "benchmarks/bare.conf.py",
        "-k",
        "gevent",
        "-w",
        "2",
        "--keep-alive",
        "75",
        "-b",
        f"127.0.0.1:{environ['PORT']}",
    ]
    with log.open("ab") as out:
        command = [python, "-m", "gunicorn"]
        command += [*(["-c", "gunicorn.conf.py"] if target == "wsgi:app" else bare), target]
        process = subprocess.Popen(command, cwd=root, env=os.environ | environ, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str, pid: int | None = None) -> None:
    """Wait until something answers there, whatever it says; not for a process that has ended."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until and (pid is None or _runs(pid)):
        try:
            urllib.request.urlopen(url, timeout=2)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answers at {url}")


def _runs(pid: int) -> bool:
    with suppress(psutil.Error):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


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


def settings_of(stack: ExitStack, folder: Path, dsn: str) -> dict[str, str]:
    """Return what a version of this service is started with, a voice that answers at once included."""
    voice = ThreadingHTTPServer(("127.0.0.1", 0), _Voice)
    Thread(target=voice.serve_forever, daemon=True).start()
    stack.callback(voice.shutdown)
    port = free_port()
    return {
        "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", "SUPABASE_DB_URL": dsn,
        "VOICEBOT_DATA_DIR": str(folder / f"data-{port}"), "VOICEBOT_WEB_WORKERS": "2",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "TWILIO_PHONE_NUMBER": "+12025550100",
        "OPENAI_API_KEY": "none", "ELEVENLABS_API_KEY": "none",
        "ELEVENLABS_BASE_URL": f"http://127.0.0.1:{voice.server_address[1]}",
        "VOICEBOT_LOG_LEVEL": "warning", **LOOSE_CAPS,
    }  # fmt: skip


@contextmanager
def service(
    name: str, environ: dict[str, str], folder: Path, postgres_pid: int, *, root: Path = ROOT
) -> Iterator[Served]:
    """Serve this project's app, or another version of it that lies in `root`."""
    python = sys.executable if root == ROOT else str(root / ".venv/bin/python")
    with gunicorn("wsgi:app", environ, folder / f"{name}.log", root=root, python=python) as process:
        wait_for(f"{environ['PUBLIC_URL']}/healthz")
        yield Served(name, environ["PUBLIC_URL"], [process.pid, postgres_pid])


@contextmanager
def floor(folder: Path, dsn: str, postgres_pid: int) -> Iterator[Served]:
    """Serve a signature check and one INSERT."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "create table benchmark_floor (id bigserial primary key, call_sid text, body text)"
        )
    port = free_port()
    environ = {
        "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "SUPABASE_DB_URL": dsn,
    }  # fmt: skip
    with gunicorn("benchmarks.floor:app", environ, folder / "floor.log") as process:
        wait_for(f"http://127.0.0.1:{port}/none")
        yield Served("floor", environ["PUBLIC_URL"], [process.pid, postgres_pid])


@contextmanager
def afternoon(folder: Path, lite: SupabaseLite, postgres_pid: int) -> Iterator[Served]:
    """Serve the afternoon version."""
    port = free_port()
    environ = {
        "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "SUPABASE_URL": lite.url, "SUPABASE_SERVICE_ROLE_KEY": lite.key, "VOICEBOT_WEB_WORKERS": "2",
    }  # fmt: skip
    with gunicorn("benchmarks.afternoon:app", environ, folder / "afternoon.log") as process:
        wait_for(f"http://127.0.0.1:{port}/none")
        yield Served("afternoon", environ["PUBLIC_URL"], [process.pid, postgres_pid, lite.pid])


@dataclass
class Server:
    """The Postgres server of a run, with a database for each version."""

    folder: Path

    def pid(self) -> int:
        """Return the process whose children do the work."""
        with psycopg.connect(server.dsn(self.folder / "postgres")) as connection:
            row = connection.execute("select pg_read_file('postmaster.pid')").fetchone()
        return int(str(row[0]).splitlines()[0]) if row else 0

    def database(self, name: str, *, migrated: bool = False) -> str:
        """Make a database, empty or as this version has it, and return its address."""
        template = "postgres" if migrated else "template0"
        with psycopg.connect(
            server.dsn(self.folder / "postgres", "template1"), autocommit=True
        ) as connection:
            connection.execute(f"create database {name} template {template}")  # type: ignore[arg-type]
        return server.dsn(self.folder / "postgres", name)


@contextmanager
def postgres(stack: ExitStack) -> Iterator[Server]:
    """Run a Postgres server of this benchmark's own."""
    folder = Path(tempfile.mkdtemp(prefix="voicebot-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    stack.enter_context(own_database(folder / "postgres"))
    yield Server(folder)


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
