"""Start what the demo runs: database, simulator, web, worker; each a process of its own."""

import os
import secrets
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from voicebot.demo.ending import WATCHMAN, comes_true, end_processes
from voicebot.demo.household import Household, Program
from voicebot.demo.place import (
    OPERATOR,
    Record,
    RunningProcess,
    demo_environ,
    demo_folder,
    enter,
    read_record,
    write_record,
)
from voicebot.demo.screen import tell
from voicebot.runtime import Runtime
from voicebot.services.numbers.connect import connect_own_number
from voicebot.services.numbers.sync import sync_numbers
from voicebot.services.upkeep.sync_voices import sync_voices
from voicebot.settings import Settings, load_settings
from voicebot.simulator.config import DATABASE_VARIABLE
from voicebot.simulator.mail.server import mail_port
from voicebot.simulator.process import serve_command
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.embedded import server
from voicebot.storage.embedded.home import locate
from voicebot.storage.migrate.apply import apply_seed, migrate
from voicebot.wiring import build_runtime

READY_WITHIN_S = 60.0
NOTICED_WITHIN_S = 2.0
REMAINS_END_WITHIN_S = 10.0
ROOT = Path(__file__).resolve().parent.parent.parent


class DemoFailed(Exception):
    """Something did not start; the message says what and where to look."""


@dataclass
class House:
    """All that runs, and how to reach it."""

    settings: Settings
    runtime: Runtime
    logs: Path
    household: Household

    @property
    def web_url(self) -> str:
        """Where the service listens."""
        return self.settings.public_url

    @property
    def simulator_url(self) -> str:
        """Where the phone page is, and every provider's stand-in."""
        return self.settings.simulator_url

    def recovered(self, before: int) -> bool:
        """Tell whether a process was started again since `restarts` was `before`; if so, wait until all is ready."""
        # Whoever phones notices a death before we do.
        if not comes_true(lambda: self.household.restarts != before, NOTICED_WITHIN_S):
            return False
        _wait_until_ready(f"{self.simulator_url}/phone/operator", "simulator", self.logs)
        _wait_until_ready(f"{self.web_url}/readyz", "service", self.logs)
        return True


def free_port(wanted: int) -> int:
    """Return `wanted` when nobody listens there, else any free port."""
    for port in (wanted, 0):
        if port and _somebody_listens(port):
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("no free port on 127.0.0.1")


def _somebody_listens(port: int) -> bool:
    # macOS lets us bind an address of a port that somebody has on all addresses.
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def free_ports(environ: Mapping[str, str], say: Callable[[str], None]) -> tuple[int, int]:
    """Return the ports of web and simulator: those of PORT and VOICEBOT_SIMULATOR_URL where nobody listens yet.

    `say` is told of a port that is taken, and which one it is instead. Raises SettingsError.
    """
    # Blank counts as unset.
    told = demo_environ(environ, environ.get("VOICEBOT_SIMULATOR_URL", ""), environ.get("PORT", ""))
    settings = load_settings(told)
    found = []
    for wanted, free, what in (
        (settings.port, free_port, "the service listens"),
        (urlsplit(settings.simulator_url).port or 80, _free_pair, "the phone page is"),
    ):
        port = free(wanted)
        if port != wanted:
            say(f"port {wanted} is taken: {what} on {port}")
        found.append(port)
    return found[0], found[1]


def _free_pair(wanted: int) -> int:
    """Return `wanted`, or a free port, such that the one beside it is free too: the simulator takes mail there."""
    while (port := free_port(wanted)) and free_port(mail_port(port)) != mail_port(port):
        wanted = 0
    return port


def end_leftovers(console: Console) -> None:
    """End what an earlier demo of this folder has left, before anything is started beside it."""
    record = read_record(demo_folder())
    if record is None:
        return
    # The watchman first: it would end the new database with the old one.
    children = sorted(record.children, key=lambda child: child.name != WATCHMAN)
    if ended := end_processes(children):
        server.end_at_once(demo_folder())
        processes = "a process" if ended == 1 else f"{ended} processes"
        tell(console, f"An earlier demo had left {processes} running: ended.", indent=0)


def open_house(console: Console, household: Household) -> House:
    """Start everything in order and wait until it answers. Raises DemoFailed, HouseholdEnding, SettingsError."""
    data_dir = demo_folder()
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    port, simulator_port = free_ports(os.environ, lambda words: tell(console, words, indent=0))
    enter(demo_environ(os.environ, f"http://127.0.0.1:{simulator_port}", port))
    settings = load_settings()
    if not settings.offline:
        raise DemoFailed("the demo runs without accounts, and some are set")
    record = Record(RunningProcess.of("demo", os.getpid()), settings.public_url, settings.simulator_url)
    write_record(data_dir, record)
    household.changed = lambda children: write_record(data_dir, replace(record, children=children))
    household.start(
        _program(WATCHMAN, logs, "-m", "voicebot.demo.watchman", str(data_dir), sees_our_end=True)
    )
    # What is slow is loading programs: simulator and web do it while the database is made, and wait for it there.
    household.start(_simulator(settings, logs, simulator_port))
    household.start(_program("web server", logs, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"))
    dsn = server.ensure_running(data_dir)
    server_log = locate(data_dir).data / "server.log"
    household.watch(
        "database", lambda: server.is_running(data_dir), lambda: _database_again(data_dir), server_log
    )
    migrate(dsn, echo=lambda _: None)
    _done(console, "database", "embedded Postgres, migrated")
    house = House(settings, build_runtime(settings, PostgresDatabase(dsn)), logs, household)
    _wait_until_ready(f"{house.simulator_url}/phone/operator", "simulator", logs)
    _done(console, "simulator", f"carrier, providers and phone at {house.simulator_url}")
    sync_voices(house.runtime)
    sync_numbers(house.runtime)
    connect_own_number(house.runtime)
    apply_seed(dsn, "demo")
    _wait_until_ready(f"{house.web_url}/readyz", "service", logs)
    # The first call has no need of it.
    household.start(_program("worker", logs, "-m", "voicebot", "worker"))
    _done(console, "service", f"web and worker at {house.web_url}")
    return house


def _database_again(data_dir: Path) -> None:
    # Sessions of a server that was killed end a moment later, and until then no other one starts.
    comes_true(lambda: locate(data_dir).server() is None, REMAINS_END_WITHIN_S)
    server.ensure_running(data_dir)


def _done(console: Console, what: str, words: str) -> None:
    tell(console, words, label=f"✓ {what:<9}", label_style="green", indent=0)


def _program(name: str, logs: Path, *arguments: str, sees_our_end: bool = False) -> Program:
    command = (sys.executable, *arguments)
    log = logs / f"{name.split()[0]}.log"
    return Program(name, command, dict(os.environ), log, ROOT, sees_our_end)


def _simulator(settings: Settings, logs: Path, port: int) -> Program:
    command = serve_command(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_tokens[0],
        number=settings.twilio_phone_number,
        operator_number=OPERATOR,
        port=port,
        speed=1.0,
        seed=secrets.randbelow(1_000_000),
        # The service keeps clips from one demo to the next; whoever listens has to know them then, too.
        data_dir=settings.data_dir / "simulator",
    )
    database = {DATABASE_VARIABLE: server.dsn(settings.data_dir)}
    return Program("simulator", tuple(command), {**os.environ, **database}, logs / "simulator.log", ROOT)


def _wait_until_ready(url: str, what: str, logs: Path) -> None:
    def answers() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    if not comes_true(answers, READY_WITHIN_S, every_s=0.05):
        raise DemoFailed(f"the {what} did not get ready within {READY_WITHIN_S:.0f} s; see {logs}")
