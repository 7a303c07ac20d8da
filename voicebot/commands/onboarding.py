"""`onboarding start` and `onboarding import`: ask people in, one or a list of them."""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from voicebot.commands.connection import opened_runtime, typed_number
from voicebot.commands.screen import CommandFailed, say, show_list, show_table
from voicebot.services.onboarding.start import (
    ImportRefused,
    Invitation,
    Invited,
    import_people,
    start_onboarding,
)
from voicebot.services.tables.open_file import source_of_file

HEADINGS = ("Line", "Number", "Came of it", "Why")
WHY = {
    "not_a_number": "no phone number",
    "rounded": "a spreadsheet lost its last digits: format the column as text",
    "not_textable": "not in ALLOWED_COUNTRIES, or not a kind of number that is texted",
    "suppressed": "asked for no more messages",
    "ai_off": "people answer this thread",
    "busy": "is writing just now, and is answered",
    "running": "is being asked already",
    "repeated": "stands in the file before",
}


def add_commands(commands: Any) -> None:
    """Add `onboarding`."""
    onboarding = commands.add_parser("onboarding", description="Begin onboardings by text.")
    actions = onboarding.add_subparsers(metavar="ACTION", required=True)

    starting = actions.add_parser("start", help="one person", description="Begin one onboarding.")
    starting.add_argument("number", help="the person's number, as +12025550123")
    starting.add_argument("--first-name", default="")
    starting.add_argument("--last-name", default="")
    starting.set_defaults(run=run_start)

    importing = actions.add_parser(
        "import",
        help="everybody in a CSV file",
        description="Begin the onboarding of everybody in a CSV file. Its first line names the columns: phone_number, "
        "first_name, last_name. Comma, semicolon, tab or bar may separate them. Running it again starts nobody twice.",
    )
    importing.add_argument("file", type=Path)
    importing.add_argument("--dry-run", action="store_true", help="only look at the numbers")
    importing.add_argument("--json", action="store_true", help="print JSON")
    importing.set_defaults(run=run_import)


def run_start(arguments: Namespace) -> int:
    """Begin one onboarding."""

    with opened_runtime() as runtime:
        number = typed_number(arguments.number)
        started = start_onboarding(runtime, Invitation(number, arguments.first_name, arguments.last_name))
    if started.result is Invited.REFUSED:
        raise CommandFailed(f"not started: {WHY.get(started.code or '', started.code)}")
    say("The first question is on its way." if started.result is Invited.STARTED else "Onboarded already.")
    return 0


def run_import(arguments: Namespace) -> int:
    """Begin the onboarding of everybody in a file; 1 when a row could not be."""

    try:
        source = source_of_file(arguments.file)
    except OSError as error:
        raise CommandFailed(f"{arguments.file}: {error.strerror or error}", code=2) from None
    with opened_runtime() as runtime:
        try:
            report = list(import_people(runtime, source, dry_run=arguments.dry_run))
        except ImportRefused as error:
            raise CommandFailed(f"{arguments.file}: {error}", code=2) from None
    if arguments.json:
        show_list("rows", [asdict(row) for row in report])
    else:
        table = [
            (row.line, row.number, row.result, WHY.get(row.code or "", row.code or "")) for row in report
        ]
        show_table(HEADINGS, table, empty="The file has no rows.")
    return 1 if any(row.result is Invited.REFUSED for row in report) else 0
