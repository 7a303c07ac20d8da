"""The demo from its first line to its last."""

import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from rich.console import Console

from simulator.house import HouseFailed
from voicebot.demo.house import DemoHouse, end_leftovers, open_house
from voicebot.demo.household import Household, HouseholdEnding
from voicebot.demo.patience import patiently
from voicebot.demo.place import SHOP, alone, demo_folder, read_record, write_record
from voicebot.demo.screen import demo_console, tell, tell_command
from voicebot.demo.shop import taken
from voicebot.demo.tour import Tour
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.sessions import make_link
from voicebot.storage.embedded import server
from voicebot.storage.people.persons import people_by_number

GREETING = "Hello, …"
LOOK = (
    "In the console, Calls has every call of the tour: open one for its words, what of them was heard, and what the time of "
    "each answer went into. Threads has the texts, Queue the campaign."
)
LOOK_AT_YOURS = "In the console, Now has the calls that go on, and Calls those that are over: call the bot from the phone page."
VOICEBOT = ".venv/bin/python -m voicebot --demo"
LOOK_UP_S = 0.2
ENDED = "Stopped: all that the demo had started has ended."


@dataclass(frozen=True, slots=True)
class End:
    """Why the demo ends: the exit code, and a line or an error to show."""

    code: int = 0
    line: str = ENDED
    error: BaseException | None = None


Ends = SimpleQueue[End]
"""The queue of reasons to end the demo; the first one counts. A signal handler may put, too."""


def run_demo(
    *,
    with_tour: bool = True,
    speed: float = 1.0,
    popen: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen,
) -> int:
    """Start everything, play the tour, keep serving unless DEMO_EXIT is set. Returns, or exits with, the exit code.

    `speed` is how many times faster than life calls and texts go. `popen` starts programs.
    """
    console = demo_console()
    ends: Ends = SimpleQueue()
    _end_on_signals(ends)
    with alone(demo_folder()) as we_are:
        if not we_are:
            tell(console, _already_running(), indent=0)
            return 1
        household = Household(
            tell=lambda line: _tell_if_somebody_reads(console, line),
            give_up=lambda line: ends.put(End(1, line)),
            popen=popen,
        )
        end_leftovers(console)
        # Aside, so that a signal ends the demo at once, whatever it is doing.
        host = threading.Thread(
            target=_host, args=(console, household, ends, with_tour, speed), name="host", daemon=True
        )
        host.start()
        end = _first(ends)
        _close(console, household)
    if end.error is not None:
        raise end.error
    with suppress(OSError):
        sys.stdout.write(f"{end.line}\n")
        sys.stdout.flush()
    # Threads that are still at work, and connections to a database that is gone, would hold up the exit.
    os._exit(end.code)


def _first(ends: Ends) -> End:
    """Wait for the reason to end the demo, and poll now and then: a signal that arrives as a thread falls asleep wakes
    nobody.
    """
    while True:
        with suppress(Empty):
            return ends.get(timeout=LOOK_UP_S)


def _end_on_signals(ends: Ends) -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _frame: ends.put(End(128 + number)))


def _close(console: Console, household: Household) -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    # The tour would now speak of processes that are ending.
    console.quiet = True
    with suppress(OSError):
        if sys.stdout.isatty():
            # The terminal has written ^C where we stood.
            sys.stdout.write("\n")
    household.end()
    server.end_at_once(demo_folder())
    record = read_record(demo_folder())
    if record is not None:
        write_record(demo_folder(), replace(record, children=()))


def _host(console: Console, household: Household, ends: Ends, with_tour: bool, speed: float) -> None:
    try:
        began = time.monotonic()
        house = open_house(console, household, speed)
        tell(console, f"ready after {time.monotonic() - began:.1f} s", style="dim", indent=0)
        toured = with_tour and _is_the_shops(console, house)
        code = _tour(console, house) if toured else 0
        if os.environ.get("DEMO_EXIT"):
            ends.put(End(code))
            return
        _tell_where(console, house, toured=toured)
    except HouseholdEnding:
        return
    except HouseFailed as error:
        ends.put(End(1, f"The demo could not start: {error}"))
    except (Exception, SystemExit) as error:
        # SystemExit is how the console tells that nobody reads it any more.
        ends.put(End(1, error=error))


def _tell_if_somebody_reads(console: Console, line: str) -> None:
    # Processes are started again also when the terminal is gone.
    with suppress(OSError, SystemExit):
        tell(console, line, style="yellow", indent=0)


def _is_the_shops(console: Console, house: DemoHouse) -> bool:
    """Tell whether calls use the template that the tour knows; changes of a visitor must not look like faults."""
    theirs = taken(house.runtime.database, house.settings.twilio_phone_number)
    if theirs is None:
        return True
    console.print()
    tell(console, f"The line is yours now ({theirs.why}), so no tour is played.", style="bold", indent=0)
    if theirs.back:
        tell(console, "this brings the tour back:", indent=2)
    for command in theirs.back:
        tell_command(console, (VOICEBOT, *command))
    return False


def _tour(console: Console, house: DemoHouse) -> int:
    tour = Tour(
        console,
        house.phone,
        house.runtime,
        random.Random(),
        restarts=lambda: house.keeper.restarts,
        recovered=house.recovered,
        is_known=lambda number: any(
            name for _, name in patiently(lambda: people_by_number(house.runtime.database, [number])).values()
        ),
    )
    began = time.monotonic()
    tour.play()
    seconds = time.monotonic() - began
    console.print()
    if tour.failed:
        checks = "One check" if len(tour.failed) == 1 else f"{len(tour.failed)} checks"
        words = f"{checks} failed after {seconds:.0f} s; logs are in {house.logs}"
        tell(console, words, style="bold red", indent=0)
        return 1
    tell(console, f"Every check passed in {seconds:.0f} s.", style="bold green", indent=0)
    return 0


def _tell_where(console: Console, house: DemoHouse, *, toured: bool) -> None:
    console.print()
    for label, words in (
        ("phone page", f"{house.simulator_url}/"),
        ("console", _link(house)),
        ("API", f"{house.url}/api/v1/openapi.json"),
        ("health", f"{house.url}/healthz and /metrics"),
    ):
        tell(console, words, label=f"{label:<10}", indent=2)
    tell(console, LOOK if toured else LOOK_AT_YOURS, indent=2)
    tell(console, "the link signs in once, within 15 minutes; this makes a new one:", indent=2)
    tell_command(console, (VOICEBOT, "console"))
    tell(console, "see what it kept (or: texts list):", indent=2)
    tell_command(console, (VOICEBOT, "calls list"))
    tell(console, "change what the bot says:", indent=2)
    tell_command(console, (VOICEBOT, "templates edit", f'"{SHOP}"', f'--greeting "{GREETING}"', "--publish"))
    console.print()
    tell(console, "Serving until you press Ctrl+C.", indent=0)


def _link(house: DemoHouse) -> str:
    """Return an address that signs in to the console, once."""
    code = secrets.token_urlsafe(32)
    make_link(house.runtime.database, hash_of(code))
    return f"{house.url}/console/link?code={code}"


def _already_running() -> str:
    record = read_record(demo_folder())
    if record is None or not record.demo.alive:
        return "A demo is being started here just now."
    return (
        f"A demo runs here already (process {record.demo.pid}): the phone page is {record.simulator_url}/, "
        f"the service {record.web_url}. Ctrl+C where it runs stops it."
    )
