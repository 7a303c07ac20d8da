"""Start the demo's processes: database, simulator, web, worker; a process that dies is started again."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from simulator.house import WEB, WORKER, House, HouseFailed, free_pair, free_port
from voicebot.demo.ending import WATCHMAN, comes_true, end_processes
from voicebot.demo.household import Household
from voicebot.demo.lines import LINES, furnish_lines
from voicebot.demo.place import (
    Record,
    RunningProcess,
    demo_environ,
    demo_folder,
    enter,
    read_record,
    write_record,
)
from voicebot.demo.screen import tell
from voicebot.settings import load_settings
from voicebot.storage.embedded import server
from voicebot.storage.embedded.home import locate
from voicebot.storage.migrate.apply import migrate

NOTICED_WITHIN_S = 2.0
REMAINS_END_WITHIN_S = 10.0
ANSWERS_AT = "/phone/operator"


@dataclass
class DemoHouse(House):
    """A house whose programs are started again when they die."""

    keeper: Household

    def recovered(self, before: int) -> bool:
        """Tell whether a process was started again since `restarts` was `before`; if so, wait until all is ready."""
        # A caller notices a death before we do.
        if not comes_true(lambda: self.keeper.restarts != before, NOTICED_WITHIN_S):
            return False
        self.wait_for(f"{self.simulator_url}{ANSWERS_AT}", "simulator")
        self.wait_until_ready()
        return True


def free_ports(environ: Mapping[str, str], say: Callable[[str], None]) -> tuple[int, int]:
    """Return the ports of web and simulator: those of PORT and VOICEBOT_SIMULATOR_URL, or free ones when they are
    taken.

    `say` reports each port that is taken, with its replacement. Raises SettingsError.
    """
    # Blank counts as unset.
    told = demo_environ(environ, environ.get("VOICEBOT_SIMULATOR_URL", ""), environ.get("PORT", ""))
    settings = load_settings(told)
    found = []
    for wanted, free, what in (
        (settings.port, free_port, "the service listens"),
        (urlsplit(settings.simulator_url).port or 80, free_pair, "the phone page is"),
    ):
        port = free(wanted)
        if port != wanted:
            say(f"port {wanted} is taken: {what} on {port}")
        found.append(port)
    return found[0], found[1]


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


def open_house(console: Console, household: Household, speed: float) -> DemoHouse:
    """Start everything in order and wait until it answers. Raises HouseFailed, HouseholdEnding, SettingsError.

    `speed` is the simulator's. At 1, the pace of life, it is known what was heard.
    """
    data_dir = demo_folder()
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    port, simulator_port = free_ports(os.environ, lambda words: tell(console, words, indent=0))
    enter(demo_environ(os.environ, f"http://127.0.0.1:{simulator_port}", port))
    house = DemoHouse(dict(os.environ), server.dsn(data_dir), logs, household)
    settings = house.settings
    if not settings.offline:
        raise HouseFailed("the demo runs without accounts, and some are set")
    record = Record(RunningProcess.of("demo", os.getpid()), settings.public_url, settings.simulator_url)
    write_record(data_dir, record)
    household.changed = lambda children: write_record(data_dir, replace(record, children=children))
    house.start(WATCHMAN, "-m", "voicebot.demo.watchman", str(data_dir), sees_our_end=True)
    # What is slow is loading programs: simulator and web do it while the database is made, and wait for it there.
    # The service keeps its clips for the next demo, so their words must be known to the listening phone again.
    seed = secrets.randbelow(1_000_000)
    house.start_simulator(
        simulator_port, speed=speed, seed=seed, data_dir=settings.data_dir / "simulator", lines=LINES
    )
    house.start("web server", *WEB)
    _make_database(house, data_dir)
    _done(console, "database", "embedded Postgres, migrated")
    house.wait_for(f"{house.simulator_url}{ANSWERS_AT}", "simulator")
    _done(console, "simulator", f"carrier, providers and phone at {house.simulator_url}")
    house.furnish()
    furnish_lines(house)
    house.wait_until_ready()
    # The first call has no need of it.
    house.start("worker", *WORKER)
    _done(console, "service", f"web and worker at {house.url}")
    return house


def _make_database(house: DemoHouse, data_dir: Path) -> None:
    server.ensure_running(data_dir)
    house.keeper.watch(
        "database",
        lambda: server.is_running(data_dir),
        lambda: _database_again(data_dir),
        locate(data_dir).data / "server.log",
    )
    migrate(house.dsn, echo=lambda _: None)


def _database_again(data_dir: Path) -> None:
    # Sessions of a server that was killed end a moment later, and until then no other one starts.
    comes_true(lambda: locate(data_dir).server() is None, REMAINS_END_WITHIN_S)
    server.ensure_running(data_dir)


def _done(console: Console, what: str, words: str) -> None:
    tell(console, words, label=f"✓ {what:<9}", label_style="green", indent=0)
