"""`block`: whose calls are refused and whose texts nobody answers."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Mapping
from typing import Any

from voicebot.commands.connection import NUMBER_EXPECTED, display_zone, moment_of, opened_database, typed_time
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, number, plain, say, show_json, show_list, show_table, when
from voicebot.domain.page_cursor import BY_NUMBER
from voicebot.domain.person.phone import ANONYMOUS, means_withheld, parse_e164
from voicebot.settings import load_settings
from voicebot.storage import blocks, caps

LONGEST_REASON = 200
MOST_REFUSED = 200
CAPS = {
    "number_live": "at once, of a number",
    "number_hourly": "an hour, of a number",
    "prefix_live": "at once, of a prefix",
    "prefix_hourly": "an hour, of a prefix",
    "money": "the day's money",
}
ANSWERS = {"phrase": "a sentence", "reject": "nothing"}


def add_commands(commands: Any) -> None:
    """Add `block`."""
    blocking = commands.add_parser(
        "block",
        description="Blocked numbers. A call from one is refused; a text is kept and not answered.",
    )
    actions = blocking.add_subparsers(metavar="ACTION", required=True)

    adding = actions.add_parser(
        "add", help="block a number", description="Block a number; again changes how."
    )
    adding.add_argument("number", help="the number, or `anonymous` for all who withhold theirs")
    adding.add_argument("--reason", type=_reason, help="why, for people")
    adding.add_argument(
        "--answer",
        choices=tuple(ANSWERS),
        default="phrase",
        help="phrase: a sentence and the end; reject: the call is not taken (phrase)",
    )
    adding.add_argument("--until", type=typed_time, metavar="TIME", help="as 2026-12-31T18:00 (for ever)")
    adding.set_defaults(run=run_add)

    removing = actions.add_parser(
        "remove", help="let a number in again", description="Let a number in again."
    )
    removing.add_argument("number", help="the number, or `anonymous`")
    removing.set_defaults(run=run_remove)

    listing = actions.add_parser(
        "list", help="list the blocked numbers", description="List blocked numbers, newest first."
    )
    add_paging(listing, limit=50)
    listing.set_defaults(run=run_list)
    refused = actions.add_parser(
        "refused",
        help="list whose calls and texts were too many",
        description="List whose calls were refused and whose texts were not answered within a day, because they were too "
        "many or the day's money was spent; the last one first.",
    )
    refused.set_defaults(run=run_refused)
    for command in (adding, removing, listing, refused):
        command.add_argument("--json", action="store_true", help="print JSON")
    for command in (listing, refused):
        command.add_argument("--full", action="store_true", help="show phone numbers whole")


def run_add(arguments: Namespace) -> int:
    """Block."""

    whose, until = _whose(arguments.number), arguments.until and moment_of(arguments.until)
    with opened_database() as database:
        try:
            block = blocks.block_caller(
                database, whose, reason=arguments.reason, answer=arguments.answer, until=until
            )
        except blocks.OverAlready:
            raise CommandFailed("--until: expected a time to come", code=2) from None
    if arguments.json:
        show_json(_without_id(block))
        return 0
    told = f" until {when(block['until'], display_zone())}" if block["until"] else ""
    say(f"{_named(whose)} blocked{told}.")
    return 0


def run_remove(arguments: Namespace) -> int:
    """Let in again."""

    whose = _whose(arguments.number)
    with opened_database() as database:
        lifted = blocks.unblock_caller(database, whose)
    if not lifted:
        raise CommandFailed(f"{whose} is not blocked")
    if arguments.json:
        show_json({"number": whose, "blocked": False})
    else:
        say(f"{_named(whose)} not blocked any more.")
    return 0


def run_list(arguments: Namespace) -> int:
    """List."""

    part, zone = part_of(arguments, BY_NUMBER), display_zone()
    with opened_database() as database:
        page = blocks.list_blocks(database, part=part)
    rows = [_without_id(row) for row in page.rows]
    if arguments.json:
        shown = [{**row, "number": number(row["number"], full=arguments.full)} for row in rows]
        show_list("blocks", shown, page.next)
        return 0
    table = [
        (
            number(row["number"], full=arguments.full),
            ANSWERS[row["answer"]],
            when(row["since"], zone),
            when(row["until"], zone),
            row["reason"],
        )
        for row in rows
    ]
    headings = ("Number", "Answered with", f"Since ({zone.key})", "Until", "Reason")
    show_table(headings, table, empty="Nobody is blocked. `python -m voicebot block add` blocks a number.")
    say_more(page)
    return 0


def run_refused(arguments: Namespace) -> int:
    """List whom a cap refused."""

    zone = display_zone()
    with opened_database() as database:
        rows, _ = caps.list_refused(database, page_size=MOST_REFUSED)
    shown = [{**row, "who": _shown(row["who"], full=arguments.full)} for row in rows]
    if arguments.json:
        show_list("refused", shown)
        return 0
    table = [
        (row["who"], row["kind"], str(row["count"]), CAPS[row["cap"]], when(row["last_at"], zone))
        for row in shown
    ]
    headings = ("Who", "What", "How many", "Over", f"Last ({zone.key})")
    show_table(headings, table, empty="Nobody was refused by a cap within a day.")
    return 0


def _shown(who: str, *, full: bool) -> str:
    # A prefix lacks what tells its numbers apart.
    return who if who.endswith("*") else number(who, full=full)


def _whose(given: str) -> str:

    if means_withheld(given):
        return ANONYMOUS
    found = parse_e164(given, load_settings().home_country)
    if found is None:
        words = f"{NUMBER_EXPECTED}, or anonymous"
        raise CommandFailed(f"{plain(given)[:40]} is no phone number; {words}", code=2)
    return found


def _named(whose: str) -> str:
    return "Withheld numbers are" if whose == ANONYMOUS else f"{whose} is"


def _without_id(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def _reason(text: str) -> str:
    if len(text) > LONGEST_REASON:
        raise ArgumentTypeError(f"expected at most {LONGEST_REASON} characters")
    return text
