"""`doctor`, `demo` and `phone`: look whether all is well, see it work, call it."""

import os
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from voicebot.commands.screen import quieten, say, show_list, show_table
from voicebot.services.doctor.examine import diagnose_environment
from voicebot.services.doctor.findings import Level
from voicebot.settings import load_settings
from voicebot.wiring import build_runtime

ROOT = Path(__file__).resolve().parents[2]
FASTEST_DEMO = 10


def add_commands(commands: Any) -> None:
    """Add `doctor`, `demo` and `phone`."""
    looking = commands.add_parser(
        "doctor",
        description="Check everything that has to be right before a call can be answered. Exit 1 if something is not.",
    )
    looking.add_argument("--json", action="store_true", help="print JSON")
    looking.set_defaults(run=run_doctor)

    showing = commands.add_parser(
        "demo",
        description="Start database, web, worker and simulator, play a tour of calls, and keep serving. "
        "With DEMO_EXIT=1 in the environment it ends after the tour.",
    )
    showing.add_argument("--no-tour", action="store_true", help="start everything, and play nothing")
    showing.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        metavar="TIMES",
        help="calls and texts go so many times faster than life",
    )
    showing.set_defaults(run=run_demo_command)

    phoning = commands.add_parser(
        "phone",
        description="Call the bot through a running simulator: type what you say, read what you hear.",
    )
    phoning.add_argument("--url", help="the simulator's address (default: VOICEBOT_SIMULATOR_URL)")
    phoning.add_argument("--from", dest="from_number", default="+12025550123", help="who is calling")
    phoning.add_argument("--to", help="another number of the account to dial, as +12025550100")
    phoning.add_argument("--save", type=Path, help="write what happened as a scenario file")
    phoning.set_defaults(run=run_phone)


def run_doctor(arguments: Namespace) -> int:
    """Print every finding; fail when one of them is a failure."""

    quieten()
    findings = diagnose_environment(os.environ, build_runtime)
    if arguments.json:
        show_list("findings", [asdict(finding) for finding in findings])
    else:
        rows = [
            (finding.level.value, finding.subject, _advice(finding.what, finding.do)) for finding in findings
        ]
        show_table(("", "About", "Found"), rows, empty="Nothing to check.")
    return 1 if any(finding.level is Level.FAIL for finding in findings) else 0


def run_demo_command(arguments: Namespace) -> int:
    """Run the demo."""
    if _no_simulator():
        return 1
    try:
        from voicebot.demo.run import run_demo
    except KeyboardInterrupt:
        say("Stopped before anything was started.")
        raise
    quieten()
    return run_demo(with_tour=not arguments.no_tour, speed=arguments.speed)


def _speed(given: str) -> float:
    """Return a speed of the demo; at more than ten times, most of a call would be the service's own thinking."""
    speed = float(given)
    if not 1 <= speed <= FASTEST_DEMO:
        raise ArgumentTypeError(f"between 1 and {FASTEST_DEMO}")
    return speed


def run_phone(
    arguments: Namespace, *, execute: Callable[[str, list[str], Mapping[str, str]], object] = os.execve
) -> int:
    """Become the simulator's phone in this terminal."""
    if _no_simulator():
        return 1
    command = [sys.executable, "-m", "simulator", "phone", "--from", arguments.from_number]
    command += ["--url", arguments.url or load_settings().simulator_url]
    command += ["--to", arguments.to] if arguments.to else []
    command += ["--save", str(arguments.save)] if arguments.save else []
    # Also from another folder: `-m` looks where we were found.
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    execute(command[0], command, {**os.environ, "PYTHONPATH": path})
    return 0


def _no_simulator() -> bool:
    """Say so where the simulator is not: the image of a deployed service does without."""
    if find_spec("simulator") is not None:
        return False
    say("The simulator is not installed here: it comes with the repository.")
    return True


def _advice(what: str, do: str) -> str:
    if not do:
        return what
    return f"{what}{'' if what.endswith(('?', '.', '!')) else '.'} To do: {do}"
