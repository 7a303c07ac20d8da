"""`campaigns`: calls to many people, from the list to the report."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from voicebot.commands.connection import display_zone, opened_database, opened_runtime, typed_id
from voicebot.commands.dialling import people_file, people_list, redials
from voicebot.commands.dialling.campaign_pages import say_campaign, say_preview, say_report
from voicebot.commands.dialling.hours import WEEK_WORDS, week_typed
from voicebot.commands.dialling.people_list import print_csv
from voicebot.commands.dialling.refusals import worded
from voicebot.commands.examples import PROGRAM
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, say, show_json, show_list, show_table, when
from voicebot.domain.dialling.reasons import words_of
from voicebot.services.dialling import campaigns as service
from voicebot.services.dialling.ask import dial_limits
from voicebot.services.dialling.campaign_tables import figures_as_csv
from voicebot.storage import campaigns

STATES = ("draft", "running", "paused", "canceled", "done")
MOVES = {"start": "running", "pause": "paused", "resume": "running", "cancel": "canceled"}
MOVED = {
    "start": "runs",
    "pause": "is paused; calls under way go on",
    "resume": "goes on",
    "cancel": "is canceled",
}


def add_commands(commands: Any) -> None:
    """Add `campaigns`."""
    group = commands.add_parser("campaigns", description="Calls to many people, from the list to the report.")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    making = actions.add_parser("new", help="make a draft", description="Make a draft.")
    making.add_argument("name", help="what it is called")
    making.add_argument(
        "--purpose", choices=("asked_for", "service", "marketing"), default="service",
        help="which consent it needs (service)",
    )  # fmt: skip
    _add_rules(making)
    making.set_defaults(run=run_new)
    listing = actions.add_parser("list", help="list them", description="List campaigns, the newest first.")
    listing.add_argument("--state", choices=STATES)
    add_paging(listing)
    listing.set_defaults(run=run_list)
    importing = actions.add_parser(
        "import",
        help="add the people of a CSV file",
        description="Add the people of a CSV file. The column of numbers is found by what stands in it; every other column "
        "becomes a variable. With bad rows nobody is added, unless --skip-bad. Importing it again adds nobody twice.",
    )
    people_file.add_arguments(importing)
    previewing = actions.add_parser(
        "preview",
        help="whom it would dial, and when",
        description="Whom it would dial if it ran now, and when.",
    )
    previewing.set_defaults(run=run_preview)
    reporting = actions.add_parser("report", help="what came of it", description="What came of it so far.")
    reporting.add_argument("--csv", action="store_true", help="print a table of figure, name, value")
    reporting.set_defaults(run=run_report)
    people = actions.add_parser(
        "people",
        help="who is in it, and what came of them",
        description="Who is in it, by number, and what came of the newest dial to each.",
    )
    people_list.add_arguments(people)
    editing = actions.add_parser(
        "edit",
        help="change its rules, also while it runs",
        description="Change its rules; they hold from the next call.",
    )
    editing.add_argument("--name", help="what it is called")
    editing.add_argument(
        "--revision", type=int, metavar="N", help="refuse when somebody changed it since revision N"
    )
    _add_rules(editing)
    editing.set_defaults(run=run_edit)
    redials.add_action(actions)
    moving = [_moving(actions, move) for move in MOVES]
    for command in (previewing, reporting, people, editing, *moving):
        command.add_argument(
            "id", type=typed_id("a campaign", "campaigns list"), help="as `campaigns list` shows it"
        )
    for command in (making, listing, importing, previewing, reporting, people, editing, *moving):
        command.add_argument("--json", action="store_true", help="print JSON")


def _moving(actions: Any, move: str) -> ArgumentParser:
    words = {
        "start": "begin to dial",
        "pause": "dial nobody for now",
        "resume": "go on",
        "cancel": "dial nobody any more",
    }
    command: ArgumentParser = actions.add_parser(
        move, help=words[move], description=f"{words[move].capitalize()}."
    )
    if move == "start":
        command.add_argument("--yes", action="store_true", help="also where nobody of it may be called")
    command.set_defaults(run=run_move, move=move)
    return command


def _add_rules(command: ArgumentParser) -> None:
    command.add_argument("--template", metavar="T", help="its id or name")
    command.add_argument("--lines", dest="concurrent", type=_count, metavar="N", help="calls at once")
    command.add_argument(
        "--rate", dest="calls_per_second", type=_rate, metavar="N", help="calls a second, as 0.5"
    )
    command.add_argument(
        "--max-attempts", type=_count, metavar="N", help="attempts for each person, up to 20"
    )
    command.add_argument(
        "--hours",
        dest="time_window",
        type=week_typed,
        metavar="HOURS",
        help=f"calling hours, {WEEK_WORDS}",
    )
    command.add_argument(
        "--redial", type=_json, metavar="JSON", help='seconds before each redial, as {"busy": [300, 1800]}'
    )


def run_new(arguments: Namespace) -> int:
    """Make one."""
    wanted = campaigns.NewCampaign(arguments.name, arguments.purpose, **_rules(arguments))
    with opened_runtime() as runtime:
        made = _worded(lambda: service.make(runtime, wanted))
    if arguments.json:
        show_json(made)
        return 0
    say(f"Made {made['id']}. `{PROGRAM} campaigns import {made['id']} FILE` adds people.")
    return 0


def run_list(arguments: Namespace) -> int:
    """List."""
    part, zone = part_of(arguments, campaigns.BY_MADE), display_zone()
    with opened_database() as database:
        page = campaigns.list_campaigns(database, arguments.state, part)
    if arguments.json:
        show_list("campaigns", page.rows, page.next)
        return 0
    table = [
        (row["id"], row["name"], row["state"], row["template"] or "", when(row["created_at"], zone))
        for row in page.rows
    ]
    headings = ("Campaign", "Name", "State", "Template", f"Made ({zone.key})")
    show_table(headings, table, empty="There is none. `python -m voicebot campaigns new NAME` makes one.")
    say_more(page)
    return 0


def run_preview(arguments: Namespace) -> int:
    """Preview."""
    with opened_runtime() as runtime:
        limits = dial_limits(runtime)
        told = _worded(lambda: campaigns.preview_campaign(runtime.database, arguments.id, limits))
    if arguments.json:
        show_json({name: value for name, value in told.items() if name != "result"})
        return 0
    say_preview(told, display_zone())
    return 0


def run_report(arguments: Namespace) -> int:
    """Report."""
    with opened_database() as database:
        told = _worded(lambda: campaigns.campaign_report(database, arguments.id))
    if arguments.csv:
        print_csv(figures_as_csv({name: value for name, value in told.items() if name != "result"}))
        return 0
    if arguments.json:
        show_json({name: value for name, value in told.items() if name != "result"})
        return 0
    say_report(told, display_zone())
    return 0


def run_edit(arguments: Namespace) -> int:
    """Edit."""
    changes = _rules(arguments) | ({"name": arguments.name} if arguments.name else {})
    if not changes:
        raise CommandFailed(
            "say what changes: --name, --template, --lines, --rate, --max-attempts, --hours, --redial", code=2
        )
    return _change(arguments, changes, arguments.revision, "changed; it holds from the next call")


def run_move(arguments: Namespace) -> int:
    """Start, pause, resume, cancel."""
    if arguments.move == "start" and not arguments.yes:
        _refuse_in_vain(arguments)
    return _change(arguments, {"state": MOVES[arguments.move]}, None, MOVED[arguments.move])


def _refuse_in_vain(arguments: Namespace) -> None:
    """Refuse to start what would end everybody's calls at once, undialled: mostly a list without consent."""
    with opened_runtime() as runtime:
        told = _worded(
            lambda: campaigns.preview_campaign(runtime.database, arguments.id, dial_limits(runtime))
        )
    if told["waiting"] and not told["callable"]:
        because = "; ".join(f"{one['people']}: {words_of(one['reason'])}" for one in told["never"])
        hint = ""
        if any(one["reason"] == "no_consent" for one in told["never"]):
            again = f"{PROGRAM} campaigns import {arguments.id} FILE --consent WORDS"
            hint = f" If they did agree, `{again}` notes it, also of who is in the campaign already."
        raise CommandFailed(f"Nobody of it would be called. {because}.{hint} --yes starts it all the same.")


def _change(arguments: Namespace, changes: Mapping[str, Any], revision: int | None, words: str) -> int:
    with opened_runtime() as runtime:
        row = _worded(lambda: service.change(runtime, arguments.id, changes, revision))
    if arguments.json:
        show_json(row)
        return 0
    say(f"{row['name']}: {words}.")
    say_campaign(row)
    return 0


def _rules(arguments: Namespace) -> dict[str, Any]:
    names = ("template", "concurrent", "calls_per_second", "max_attempts", "time_window", "redial")
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def _worded(work: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    return worded(work, service.refused)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 100_000):
        raise ArgumentTypeError("expected a number from 1")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.001 <= rate <= 1000:
        raise ArgumentTypeError("expected calls a second, from 0.001 to 1000")
    return rate


def _json(text: str) -> dict[str, Any]:
    """Read JSON, of the line or of a file that is named."""
    try:
        value = orjson.loads(Path(text).read_bytes() if not text.lstrip().startswith("{") else text)
    except (OSError, orjson.JSONDecodeError):
        raise ArgumentTypeError("expected a JSON object, or a file of one") from None
    if not isinstance(value, dict):
        raise ArgumentTypeError("expected a JSON object")
    return value
