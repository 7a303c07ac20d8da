"""A house: the service whole on this machine, each of its programs a process of its own.

The demo, the tests and the benchmarks live in a house. Of the simulator this module alone knows the service: it starts the
service, fills the database with the demo's number, and waits until the service takes traffic.
"""

import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import psutil  # type: ignore[import-untyped]

from simulator.mail.server import mail_port
from simulator.phone.client import PhoneClient
from simulator.process import RunningSimulator, secrets_for, serve_command, start_simulator
from voicebot.runtime import Runtime
from voicebot.services.numbers.connect import connect_own_number
from voicebot.services.numbers.sync import sync_numbers
from voicebot.services.upkeep.sync_voices import sync_voices
from voicebot.settings import Settings, load_settings
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.embedded import server
from voicebot.storage.migrate.apply import apply_seed, migrate
from voicebot.wiring import build_runtime

ROOT = Path(__file__).resolve().parents[1]
OPERATOR = "+12025550199"
READY_WITHIN_S, NOTHING_FOR_S, BUSY_S = 300.0, 40.0, 0.05
"""How long programs are waited for at most, and how long at most while they use less CPU than this."""
STOP_WITHIN_S = 15.0
LOG_TAIL = 3000
# Connections that go out take theirs from 32768 upwards on Linux, and so does `bind` to port 0: a port from there may be
# somebody's by the time a program listens on it, or while the program is being started again.
PORTS, TRIED_PORTS = range(10_000, 32_000), 1000
# Two houses beside each other draw differently, whatever somebody seeds.
DRAW = random.SystemRandom()
WEB = ("-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")
SERVE, WORKER = ("-m", "voicebot", "serve"), ("-m", "voicebot", "worker")


class HouseFailed(Exception):
    """Something did not start; the message says what and where to look."""


@dataclass(frozen=True, slots=True)
class Program:
    """One that is to run for as long as the house does."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    log: Path
    folder: Path = ROOT
    sees_our_end: bool = False
    """Its standard input is a pipe that ends when this process does."""


class Keeper(Protocol):
    """Whoever runs the programs of a house."""

    def start(self, program: Program) -> None:
        """Run a program from now on."""
        ...

    def busy_s(self) -> float:
        """Return the CPU seconds that all programs have used so far. Raises HouseFailed when one is gone."""
        ...


@dataclass
class Children:
    """Programs as plain children of this process: one that dies stays dead."""

    popen: Callable[..., subprocess.Popen[Any]] = subprocess.Popen
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: dict[str, Path] = field(default_factory=dict)

    def start(self, program: Program) -> None:
        """Start a program; its output goes to its log."""
        self.logs[program.name] = program.log
        with program.log.open("ab") as log:
            self.running[program.name] = self.popen(
                program.command, cwd=program.folder, env=dict(program.environ), stdout=log, stderr=log
            )

    def busy_s(self) -> float:
        """Return the seconds of CPU of all of them, with their children's. Raises HouseFailed when one has ended."""
        for name, child in self.running.items():
            if child.poll() is not None:
                raise HouseFailed(f"{name} ended at once:\n{_tail(self.logs[name])}")
        return cpu_s([child.pid for child in self.running.values()])

    def end(self, *names: str) -> None:
        """End these programs, or all of them, politely first."""
        ending = [self.running[name] for name in names or self.running]
        for child in ending:
            child.terminate()
        for child in ending:
            try:
                child.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def end_at_once(self) -> None:
        """End all of them with their children, and wait for nothing that they would still do."""
        for child in self.running.values():
            with suppress(psutil.Error):
                process = psutil.Process(child.pid)
                for each in (process, *process.children(recursive=True)):
                    with suppress(psutil.Error):
                        each.kill()
            child.wait()


@dataclass
class House:
    """All that runs, and how to reach it."""

    environ: Mapping[str, str]
    """What every program is started with."""
    dsn: str
    """The owner's address of the database."""
    logs: Path
    keeper: Keeper

    @cached_property
    def settings(self) -> Settings:
        """The settings that every program reads."""
        return load_settings(self.environ)

    @cached_property
    def runtime(self) -> Runtime:
        """The service's own parts, in this process."""
        return build_runtime(self.settings, PostgresDatabase(self.dsn, max_size=8))

    @cached_property
    def phone(self) -> PhoneClient:
        """A phone of the simulator."""
        return PhoneClient(self.simulator_url)

    @property
    def url(self) -> str:
        """Where the service listens."""
        return self.settings.public_url

    @property
    def simulator_url(self) -> str:
        """Where the phone page is, and every provider's stand-in."""
        return self.settings.simulator_url

    def start(self, name: str, *arguments: str, sees_our_end: bool = False) -> None:
        """Run `python …` as one more program."""
        self.keeper.start(self._program(name, (sys.executable, *arguments), sees_our_end))

    def start_simulator(
        self,
        port: int,
        *,
        speed: float,
        seed: int,
        data_dir: Path | None = None,
        lines: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Run the simulator of this account, started again on this port whenever it dies.

        `lines` are numbers that the phone page offers, with their names.
        """
        settings = self.settings
        command = serve_command(
            account_sid=settings.twilio_account_sid,
            number=settings.twilio_phone_number,
            operator_number=OPERATOR,
            port=port,
            speed=speed,
            seed=seed,
            data_dir=data_dir,
            lines=lines,
        )
        program = self._program("simulator", tuple(command))
        secrets = secrets_for(settings.twilio_auth_tokens[0], self.dsn)
        self.keeper.start(replace(program, environ={**self.environ, **secrets}))

    def furnish(self) -> None:
        """Have the account's number lead here, to the demo's bicycle shop. Needs the simulator and a migrated database."""
        sync_voices(self.runtime)
        sync_numbers(self.runtime)
        connect_own_number(self.runtime)
        apply_seed(self.dsn, "demo")

    def wait_until_ready(self) -> None:
        """Wait until the service takes traffic. Raises HouseFailed."""
        self.wait_for(f"{self.url}/readyz", "service")

    def wait_for(self, url: str, what: str) -> None:
        """Wait until something answers, for as long as the programs work at it. Raises HouseFailed."""
        last, done_s, until = time.monotonic() + READY_WITHIN_S, -1.0, 0.0
        while not answers(url):
            busy_s = self.keeper.busy_s()
            if abs(busy_s - done_s) > BUSY_S:
                done_s, until = busy_s, time.monotonic() + NOTHING_FOR_S
            if time.monotonic() > min(last, until):
                raise HouseFailed(f"the {what} did not get ready; see {self.logs}")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """Whether the process that happens to be asked says that it is ready."""
        return answers(f"{self.url}/readyz", timeout_s=5.0)

    def log(self, name: str = "web") -> str:
        """What the program called `name` has written so far."""
        return self._log(name).read_text(encoding="utf-8", errors="replace")

    def _program(self, name: str, command: tuple[str, ...], sees_our_end: bool = False) -> Program:
        return Program(name, command, self.environ, self._log(name), sees_our_end=sees_our_end)

    def _log(self, name: str) -> Path:
        return self.logs / f"{name.split()[0]}.log"


@dataclass
class OpenHouse(House):
    """A house of this process's own children, with a simulator that took a port of its own."""

    simulator: RunningSimulator = field(kw_only=True)
    keeper: Children

    @property
    def children(self) -> dict[str, subprocess.Popen[bytes]]:
        """The programs by name; nobody starts one again that died."""
        return self.keeper.running


@contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """Run an embedded server with a migrated database until the block ends; give its owner's address."""
    server.ensure_running(folder)
    try:
        dsn = server.dsn(folder)
        migrate(dsn, echo=lambda _line: None)
        yield dsn
    finally:
        server.stop(folder)


Kind = TypeVar("Kind", bound=OpenHouse)


@contextmanager
def open_house(
    environ: Mapping[str, str],
    dsn: str,
    folder: Path,
    *,
    kind: type[Kind],
    serve: tuple[str, ...] = SERVE,
    worker: bool = False,
    speed: float = 0.0,
    seed: int = 1,
    popen: Callable[..., subprocess.Popen[Any]] = subprocess.Popen,
) -> Iterator[Kind]:
    """Run a furnished house on a migrated database until the block ends, with `logs/` in `folder`.

    `environ` is what its programs are started with; the simulator's address is added. `serve` is what serves. `speed` is the simulator's: 0 is
    compressed time, in which sounds and pauses take none. `popen` starts programs.
    """
    settings = load_settings(environ)
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with start_simulator(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_tokens[0],
        number=settings.twilio_phone_number,
        operator_number=OPERATOR,
        speed=speed,
        seed=seed,
        database_url=dsn,
        popen=popen,
    ) as simulator:
        told = {**environ, "VOICEBOT_SIMULATOR_URL": simulator.url}
        house = kind(told, dsn, logs, Children(popen), simulator=simulator)
        try:
            house.furnish()
        finally:
            house.runtime.database.close()
        try:
            house.start("web", *serve)
            if worker:
                house.start("worker", *WORKER)
            house.wait_until_ready()
            yield house
        finally:
            # A web server would wait half a minute for connections that are kept alive.
            house.keeper.end_at_once()


def answers(url: str, timeout_s: float = 2.0) -> bool:
    """Whether a GET of this address is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def cpu_s(pids: list[int]) -> float:
    """Return the seconds of CPU that these processes and their children have used."""
    used = 0.0
    for pid in pids:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            for each in (process, *process.children(recursive=True)):
                with suppress(psutil.Error):
                    times = each.cpu_times()
                    used += times.user + times.system
    return used


def free_port(wanted: int = 0) -> int:
    """Return `wanted` when nobody listens there, else a free port of PORTS. Raises HouseFailed."""
    drawn = (DRAW.choice(PORTS) for _ in range(TRIED_PORTS))
    for port in chain((wanted,) if wanted else (), drawn):
        if _somebody_listens(port):
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise HouseFailed("no free port on 127.0.0.1")


def free_pair(wanted: int = 0) -> int:
    """Return `wanted`, or a free port, such that the one beside it is free too: the simulator takes mail there."""
    while (port := free_port(wanted)) and free_port(mail_port(port)) != mail_port(port):
        wanted = 0
    return port


def _somebody_listens(port: int) -> bool:
    # macOS lets us bind an address of a port that somebody has on all addresses.
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
