"""What a phone call costs in SQL: its functions' milliseconds and Postgres' CPU, beside another version in one run.

A call is what a carrier sends: it begins, takes five turns and ends, as signed webhooks through the app in this
process. Each version has a database of its own on one server, and they take turns, so that a slow moment of the
machine meets both: `python -m benchmarks.turns_sql --against PATH`. The disk is not measured: the server does not wait
for it. Functions that Postgres merges into their caller's statement are counted there.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.stub_providers import StubProviders
from benchmarks.webhook_servers import ACCOUNT_SID, AUTH_TOKEN, ROOT, InstantVoice
from voicebot.demo.place import LOOSE_CAPS
from voicebot.storage.embedded import server

PUBLIC_URL, OURS = "https://bench.example", "+12025550100"
WARM_UP, ROUNDS, CALLS = 40, 6, 20
FUNCTIONS = """
    select schemaname || '.' || funcname, calls, total_time, self_time from pg_stat_user_functions
     where schemaname in ('public', 'private', 'jobs')
"""


@dataclass
class Version:
    """One version under measurement."""

    name: str
    tree: Path
    dsn: str = ""
    cpu_ms: list[float] = field(default_factory=list)
    """Of Postgres, a call, round by round."""
    functions: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """Name -> how often in a call, milliseconds with and without what it calls."""


class Caller:
    """A process of one version's code that plays as many calls as it is told to."""

    def __init__(self, version: Version, environ: dict[str, str], *, tracked: bool) -> None:
        options = {"PGOPTIONS": "-c track_functions=all"} if tracked else {}
        self._process = subprocess.Popen(
            # -P: the folder of that file has a module `webhooks` too.
            [sys.executable, "-P", str(ROOT / "benchmarks" / "play_calls.py")],
            cwd=version.tree, env=environ | {"PYTHONPATH": str(version.tree)} | options,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def play(self, calls: int) -> None:
        """Play the calls, and wait until they are over."""
        assert self._process.stdin and self._process.stdout
        print(calls, file=self._process.stdin, flush=True)
        if self._process.stdout.readline().strip() != "done":
            raise SystemExit("a call failed; what it said stands above")

    def close(self) -> None:
        """End the process; its sessions tell Postgres what they counted."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)


@contextmanager
def providers() -> Iterator[dict[str, str]]:
    """Answer as model and voice, at once; gives the environment that leads there."""
    voice, model = ThreadingHTTPServer(("127.0.0.1", 0), InstantVoice), StubProviders()
    Thread(target=voice.serve_forever, daemon=True).start()
    try:
        yield {
            "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"{model.url}/v1", "ELEVENLABS_API_KEY": "none",
            "ELEVENLABS_BASE_URL": f"http://127.0.0.1:{voice.server_address[1]}",
        }  # fmt: skip
    finally:
        voice.shutdown()
        model.close()


def environ_of(version: Version, folder: Path, led: dict[str, str]) -> dict[str, str]:
    """Return the environment of a process of this version."""
    return os.environ | led | {
        "SUPABASE_DB_URL": version.dsn, "VOICEBOT_DATA_DIR": str(folder / version.name),
        "PUBLIC_URL": PUBLIC_URL, "VOICEBOT_LOG_LEVEL": "error", **LOOSE_CAPS,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "TWILIO_PHONE_NUMBER": OURS,
    }  # fmt: skip


def server_cpu_s(postmaster: psutil.Process) -> float:
    """Return the CPU seconds of all the server's processes that live now."""
    total = 0.0
    for process in [postmaster, *postmaster.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def ask(dsn: str, question: str) -> list[tuple[Any, ...]]:
    """Return the rows of a question to the database's owner."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(question.encode()).fetchall()


def measure(versions: list[Version], folder: Path, led: dict[str, str], postmaster: psutil.Process) -> None:
    """Play the rounds, first for Postgres' CPU, then for what each function takes."""
    with ExitStack() as stack:
        callers = []
        for version in versions:
            caller = Caller(version, environ_of(version, folder, led), tracked=False)
            stack.callback(caller.close)
            callers.append(caller)
            caller.play(WARM_UP)
        for turn in range(ROUNDS):
            order = list(zip(versions, callers, strict=True))
            for version, caller in order if turn % 2 else reversed(order):
                before = server_cpu_s(postmaster)
                caller.play(CALLS)
                version.cpu_ms.append((server_cpu_s(postmaster) - before) * 1000 / CALLS)
    for version in versions:
        # The first call of a session plans its statements: that is no part of a turn.
        environ = environ_of(version, folder, led)
        tracked = Caller(version, environ, tracked=True)
        tracked.play(WARM_UP)
        tracked.play(ROUNDS * CALLS)
        tracked.close()
        played = WARM_UP + ROUNDS * CALLS
        for name, calls, total, own in ask(version.dsn, FUNCTIONS):
            version.functions[name] = (round(calls / played, 2), total / calls, own / calls)


def tell(console: Console, versions: list[Version]) -> None:
    """Print a row a function, the dearest first, and a row for the call."""
    table = Table(
        "function", *(f"{each.name}: {what}" for each in versions for what in ("a call", "ms", "own ms"))
    )
    names = {name for each in versions for name in each.functions}

    def cost(name: str) -> float:
        return max(
            count * own for count, _, own in (each.functions.get(name, (0, 0.0, 0.0)) for each in versions)
        )

    for name in sorted(names, key=cost, reverse=True)[:40]:
        cells: list[str] = []
        for each in versions:
            count, total, own = each.functions.get(name, (0, 0.0, 0.0))
            cells += [f"{count:g}", f"{total:.3f}", f"{own:.3f}"] if count else ["", "", ""]
        table.add_row(name, *cells)
    console.print(table)
    for each in versions:
        middle = sorted(each.cpu_ms)[len(each.cpu_ms) // 2]
        spent = sum(count * own for count, _, own in each.functions.values())
        console.print(
            f"{each.name}: {spent:.1f} ms in functions a call; Postgres takes {middle:.1f} CPU-ms a call "
            f"(rounds: {', '.join(f'{value:.1f}' for value in each.cpu_ms)})"
        )


def main() -> int:
    """Measure this version, and another one beside it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--against", type=Path, help="another version's folder, as `git worktree add` makes it"
    )
    options = parser.parse_args()
    versions = [Version("now", ROOT)]
    if options.against:
        versions.insert(0, Version("before", options.against.resolve()))
    folder = Path(tempfile.mkdtemp(prefix="voicebot-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server.ensure_running(folder / "postgres", durable=False)
        stack.callback(server.stop, folder / "postgres")
        led = stack.enter_context(providers())
        for version in versions:
            ask_owner = server.dsn(folder / "postgres")
            with psycopg.connect(ask_owner, autocommit=True) as connection:
                connection.execute(f"create database {version.name}".encode())
            version.dsn = server.dsn(folder / "postgres", version.name)
            command = [sys.executable, "-m", "voicebot", "migrate"]
            subprocess.run(
                command,
                cwd=version.tree,
                env=environ_of(version, folder, led),
                check=True,
                capture_output=True,
            )
        ((pid_file,),) = ask(versions[0].dsn, "select pg_read_file('postmaster.pid')")
        postmaster = psutil.Process(int(pid_file.splitlines()[0]))
        measure(versions, folder, led, postmaster)
    tell(Console(highlight=False, width=140), versions)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
