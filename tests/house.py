"""A whole house for tests: the web processes, the simulator and, if wanted, the worker, on a database of the test's."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.rows import dict_row

from voicebot.services.numbers.connect import connect_own_number
from voicebot.services.numbers.sync import sync_numbers
from voicebot.services.upkeep.sync_voices import sync_voices
from voicebot.settings import Settings, load_settings
from voicebot.simulator.phone.client import PhoneClient
from voicebot.simulator.process import RunningSimulator, start_simulator
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.migrate.apply import apply_seed
from voicebot.wiring import build_runtime

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 40.0
STOP_WITHIN_S = 15.0
OPERATOR = "+12025550199"
CALLER = "+12025550123"
NUMBER = "+12025550100"


@dataclass
class House:
    """All that runs. Processes are known by pid; nothing here looks inside them."""

    settings: Settings
    environ: dict[str, str]
    dsn: str
    simulator: RunningSimulator
    phone: PhoneClient
    logs: Path
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the service listens."""
        return self.settings.public_url

    def web_pids(self) -> list[int]:
        """The processes that answer webhooks, as they are now: one that was killed is replaced by another."""
        return [child.pid for child in psutil.Process(self.children["web"].pid).children()]

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Look into the database as its owner."""
        with psycopg.connect(self.dsn, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def log(self, name: str = "web") -> str:
        """What the processes called `name` have written so far."""
        return (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def start(self, name: str, *arguments: str) -> None:
        """Start `python …` as one more process of the house."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )

    def wait_until_ready(self) -> None:
        """Wait until the service takes traffic."""
        until = time.monotonic() + READY_WITHIN_S
        while not self.is_ready():
            ended = [name for name, child in self.children.items() if child.poll() is not None]
            assert not ended, f"{ended} ended at once:\n{self.log(ended[0])[-3000:]}"
            assert time.monotonic() < until, f"not ready in time:\n{self.log()[-3000:]}"
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """Whether the process that happens to be asked says that it is ready."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def tidy(self) -> None:
        """Put every switch of the simulator back."""
        self.phone.provider_knobs()
        self.phone.knobs()
        self.phone.operator("answer")

    def stop_children(self) -> None:
        """End web and worker, politely first."""
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@contextmanager
def open_house(
    folder: Path,
    dsn: str,
    *,
    web: int = 2,
    worker: bool = False,
    speed: float = 0.0,
    seed: int = 1,
    settings: dict[str, str] | None = None,
) -> Iterator[House]:
    """Run a house on a migrated database until the block ends; its number leads to the demo's bicycle shop.

    `web` processes share one port. `speed` is the simulator's: 0 is compressed time, in which sounds and pauses
    take none. `settings` are environment variables on top; an empty value takes one away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environ = _environ(folder, dsn, web) | (settings or {})
    loaded = load_settings(environ)
    with ExitStack() as stack:
        simulator = _simulator(loaded, dsn, speed, seed)
        stack.callback(simulator.stop)
        environ["VOICEBOT_SIMULATOR_URL"] = simulator.url
        house = House(
            load_settings(environ), environ, dsn, simulator, PhoneClient(simulator.url), folder / "logs"
        )
        house.logs.mkdir(exist_ok=True)
        _furnish(house)
        stack.callback(house.stop_children)
        house.start("web", "-m", "voicebot", "serve")
        if worker:
            house.start("worker", "-m", "voicebot", "worker")
        house.wait_until_ready()
        yield house


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _environ(folder: Path, dsn: str, web: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {
        "PORT": str(free_port()),
        "SUPABASE_DB_URL": dsn,
        "VOICEBOT_DATA_DIR": str(folder / "data"),
        "VOICEBOT_WEB_WORKERS": str(web),
        "OPERATOR_PHONE_NUMBER": OPERATOR,
    }


def _simulator(settings: Settings, dsn: str, speed: float, seed: int) -> RunningSimulator:
    return start_simulator(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_tokens[0],
        number=settings.twilio_phone_number,
        operator_number=OPERATOR,
        speed=speed,
        seed=seed,
        database_url=dsn,
    )


def _furnish(house: House) -> None:
    runtime = build_runtime(house.settings, PostgresDatabase(house.dsn, max_size=2))
    try:
        sync_voices(runtime)
        sync_numbers(runtime)
        connect_own_number(runtime)
    finally:
        runtime.database.close()
    apply_seed(house.dsn, "demo")
