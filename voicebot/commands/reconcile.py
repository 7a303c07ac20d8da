"""`reconcile`: compare with Twilio what happened, and repair what callbacks never told."""

import argparse
import re
from argparse import Namespace
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from voicebot.commands.connection import opened_runtime
from voicebot.commands.screen import say, show_json
from voicebot.services.upkeep.reconcile import reconcile

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
WORDS = {
    "texts": "texts compared",
    "texts_found": "texts found that never reached us",
    "too_old": "of them too old to answer",
    "statuses_moved": "delivery reports made up for",
    "calls": "calls compared",
    "calls_moved": "calls moved on",
    "calls_forgotten": "rows taken away that were no calls of ours",
    "failed": "that could not be kept (see the log)",
}


def add_commands(commands: Any) -> None:
    """Add `reconcile`."""
    parser = commands.add_parser(
        "reconcile",
        description="List Twilio's texts and calls since a moment, keep those that never reached us and move statuses "
        "that stand still. Running it again changes nothing.",
    )
    parser.add_argument(
        "--since",
        type=moment,
        default="1h",
        metavar="WHEN",
        help="30m, 6h, 2d, or an ISO time as 2026-11-20T18:00Z (1h)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run_reconcile)


def moment(text: str) -> datetime:
    """Read --since."""
    ago = re.fullmatch(r"(\d{1,4})([mhd])", text)
    if ago:
        return datetime.now(UTC) - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected 30m, 6h, 2d or an ISO time") from None
    given = given if given.tzinfo else given.replace(tzinfo=UTC)
    if given > datetime.now(UTC):
        raise argparse.ArgumentTypeError("expected a moment that is past")
    return given


def run_reconcile(arguments: Namespace) -> int:
    """Reconcile by hand."""

    with opened_runtime() as runtime:
        done = asdict(reconcile(runtime, arguments.since))
    if arguments.json:
        show_json(done)
        return 0
    for name, words in WORDS.items():
        say(f"{done[name]:>6}  {words}")
    return 0
