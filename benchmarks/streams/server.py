"""The processes of a run: the server alone on one core; stand-ins, callers and Postgres on the other."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.webhook_servers import ACCOUNT_SID, AUTH_TOKEN, READY_S, ROOT, Server, wait_for
from simulator.house import free_port
from voicebot.demo.place import LOOSE_CAPS

SERVER_CORE, OTHERS_CORE = 0, 1
PIPECAT = ROOT / ".pipecat/bin/python"
LAST_LINES = 5
"""Of the log of a process that did not come up, or while something failed."""


@dataclass(frozen=True)
class Run:
    """Where a run takes place."""

    folder: Path
    ground: Server

    @property
    def sounds(self) -> Path:
        """What callers say."""
        return self.folder / "sounds"


@dataclass(frozen=True)
class Tested:
    """A server under test, and the stand-ins that it asks."""

    url: str
    pid: int
    stub: str


def on_core(core: int, command: Sequence[str]) -> list[str]:
    """Return a command that runs on one core."""
    return ["taskset", "-c", str(core), *command]


@contextmanager
def running(command: Sequence[str], log: Path, environ: dict[str, str] | None = None) -> Iterator[int]:
    """Run a process until the block ends; give its id."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | (environ or {}), stdout=out, stderr=out
        )
    try:
        yield process.pid
    except BaseException:
        sys.stderr.write("".join(log.read_text(errors="replace").splitlines(keepends=True)[-LAST_LINES:]))
        raise
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def stubs(run: Run, *more: str) -> Iterator[str]:
    """Run the providers' stand-ins; give their address."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "benchmarks.streams.stubs",
        "--port",
        str(port),
        "--sounds",
        str(run.sounds),
    ]
    with running(on_core(OTHERS_CORE, [*command, *more]), run.folder / "stubs.log") as pid:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/stats", pid)
        yield url


@contextmanager
def ours(run: Run, stub: str, transport: str) -> Iterator[Tested]:
    """Run one web process of ours on a database of its own, ready for calls on this transport."""
    port = free_port()
    name = f"streams_{port}"
    environ = {
        "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", "PUBLIC_WS_URL": f"ws://127.0.0.1:{port}",
        "SUPABASE_DB_URL": run.ground.database(name, migrated=True),
        "VOICEBOT_DATA_DIR": str(run.folder / name), "VOICEBOT_WEB_WORKERS": "1", "VOICEBOT_MAX_CALLS": "1200",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "TWILIO_PHONE_NUMBER": "+12025550100",
        "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"{stub}/v1",
        "ELEVENLABS_API_KEY": "none", "ELEVENLABS_BASE_URL": stub,
        "TRANSCRIBER": "own", "STT_BASE_URL": f"{stub}/v1", "VOICE_TRANSPORT": transport,
        "VOICEBOT_LOG_LEVEL": "warning", **LOOSE_CAPS,
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    with running(on_core(SERVER_CORE, command), run.folder / "ours.log", environ) as pid:
        wait_for(f"{environ['PUBLIC_URL']}/healthz", pid)
        _wait_for_sockets(environ["PUBLIC_URL"])
        yield Tested(environ["PUBLIC_URL"], worker_of(pid), stub)


@contextmanager
def pipecat(run: Run, stub: str) -> Iterator[Tested]:
    """Run the peer."""
    port = free_port()
    command = [
        str(PIPECAT),
        str(Path(__file__).with_name("pipecat_peer.py")),
        "--port",
        str(port),
        "--stub",
        stub,
    ]
    with running(on_core(SERVER_CORE, command), run.folder / "pipecat.log") as pid:
        wait_for(f"http://127.0.0.1:{port}/")
        yield Tested(f"ws://127.0.0.1:{port}/ws", pid, stub)


def load(tested: Tested, module: str, *more: str) -> dict[str, Any]:
    """Run a load against a server; return its report. Raises CalledProcessError."""
    command = [
        sys.executable, "-m", f"benchmarks.streams.{module}", "--url", tested.url, "--account-sid", ACCOUNT_SID,
        "--auth-token", AUTH_TOKEN, "--server-pid", str(tested.pid), *more,
    ]  # fmt: skip
    done = subprocess.run(on_core(OTHERS_CORE, command), cwd=ROOT, check=True, stdout=subprocess.PIPE)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def worker_of(pid: int) -> int:
    """Return the one process in which gunicorn serves."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        for child in psutil.Process(pid).children():
            return int(child.pid)
        time.sleep(0.1)
    raise SystemExit("gunicorn has started no worker")


def _wait_for_sockets(url: str) -> None:
    """Until it has reached itself by websocket, a server puts calls on Gather."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
            if "voicebot_stream_healthy 1.0" in answer.read().decode():
                return
        time.sleep(0.2)
    raise SystemExit("the server does not reach its own sockets")
