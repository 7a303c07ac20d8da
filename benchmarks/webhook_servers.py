"""The servers that `benchmarks.webhooks` measures: this service, another version, an afternoon's handler, and the floor.

Each is gunicorn with two gevent workers, on a database of its own in one Postgres server that lasts for the run.
"""

import os
import shutil
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

from simulator.house import free_port, own_database
from tests.support.machines.lite_server import SupabaseLite
from voicebot.demo.place import LOOSE_CAPS
from voicebot.storage.embedded import server

ROOT = Path(__file__).resolve().parent.parent
READY_S = 90.0
"""A server loads for seconds, and for many of them on a machine with other work."""
ACCOUNT_SID, AUTH_TOKEN = "AC" + "1" * 32, "2" * 32


class InstantVoice(BaseHTTPRequestHandler):
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


def settings_of(stack: ExitStack, folder: Path, dsn: str) -> dict[str, str]:
    """Return what a version of this service is started with, a voice that answers at once included."""
    voice = ThreadingHTTPServer(("127.0.0.1", 0), InstantVoice)
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
