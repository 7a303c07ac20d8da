"""`queue hold|release|held`: people who are not called before a date."""

from argparse import Namespace
from typing import Any

from voicebot.commands.connection import display_zone, moment_of, opened_database, typed_number, typed_time
from voicebot.commands.dialling.refusals import worded
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, number, plain, say, show_json, show_list, show_table, when
from voicebot.storage.dialling import rules


def add_actions(actions: Any) -> None:
    """Add what is done with people on hold."""
    holding = actions.add_parser(
        "hold",
        help="call a person before a date no more",
        description="Call a person before a date no more. What waits for them waits on; again changes date and reason.",
    )
    holding.add_argument("number", metavar="NUMBER", help="whom")
    holding.add_argument(
        "--until", type=typed_time, metavar="TIME", required=True, help="as 2026-12-31T18:00"
    )
    holding.add_argument("--reason", metavar="WORDS", required=True, help="why, for people")
    holding.set_defaults(run=run_hold)
    releasing = actions.add_parser(
        "release", help="let a person be called again", description="Let a person be called again."
    )
    releasing.add_argument("number", metavar="NUMBER", help="whom")
    releasing.set_defaults(run=run_release)
    listing = actions.add_parser(
        "held", help="list who is held", description="List who is held, newest first."
    )
    add_paging(listing)
    listing.set_defaults(run=run_held)
    for command in (holding, releasing, listing):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--full", action="store_true", help="show phone numbers whole")


def run_hold(arguments: Namespace) -> int:
    """Hold."""
    whose, until = typed_number(arguments.number), moment_of(arguments.until)
    if not arguments.reason.strip() or len(arguments.reason) > 500:
        raise CommandFailed("--reason: expected up to 500 characters", code=2)
    with opened_database() as database:
        row = worded(lambda: rules.hold_person(database, whose, until, arguments.reason))
    if arguments.json:
        show_json({**row, "number": number(row["number"], full=arguments.full)})
        return 0
    zone = display_zone()
    say(
        f"{number(row['number'], full=arguments.full)} is not called before {when(row['until'], zone)} ({zone.key})."
    )
    if row["waiting"]:
        say(f"{row['waiting']} calls wait for them.")
    return 0


def run_release(arguments: Namespace) -> int:
    """Release."""
    whose = typed_number(arguments.number)
    with opened_database() as database:
        was_held = worded(lambda: rules.release_person(database, whose))
    if not was_held:
        raise CommandFailed(f"{number(whose, full=arguments.full)} is not held")
    if arguments.json:
        show_json({"number": number(whose, full=arguments.full), "held": False})
    else:
        say(f"{number(whose, full=arguments.full)} may be called again.")
    return 0


def run_held(arguments: Namespace) -> int:
    """List."""
    part, zone = part_of(arguments, rules.BY_HELD), display_zone()
    with opened_database() as database:
        page = rules.list_held(database, part)
    rows = [{**row, "number": number(row["number"], full=arguments.full)} for row in page.rows]
    if arguments.json:
        show_list("holds", rows, page.next)
        return 0
    table = [
        (row["number"], when(row["until"], zone), str(row["waiting"]), plain(row["reason"])) for row in rows
    ]
    headings = ("Number", f"Until ({zone.key})", "Calls that wait", "Reason")
    show_table(headings, table, empty="Nobody is held. `python -m voicebot queue hold` holds a person.")
    say_more(page)
    return 0
