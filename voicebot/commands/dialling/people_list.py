"""`campaigns people`: who is in a campaign, on the terminal or as a table for a spreadsheet."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from voicebot.commands.connection import display_zone, opened_database
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, show_list, show_table, when
from voicebot.services.dialling.campaign_tables import people_as_csv
from voicebot.services.dialling.campaigns import refused
from voicebot.storage import campaigns
from voicebot.storage.queue import QueueRefused


def add_arguments(people: ArgumentParser) -> None:
    """Add how they are shown."""
    people.add_argument("--csv", action="store_true", help="print all of them as a table")
    add_paging(people)
    people.set_defaults(run=run_people)


def run_people(arguments: Namespace) -> int:
    """Show a page of them, or print everybody."""
    part, zone = part_of(arguments, campaigns.BY_NUMBER), display_zone()
    with opened_database() as database:
        try:
            if arguments.csv:
                print_csv(people_as_csv(database, arguments.id))
                return 0
            page = campaigns.list_people(database, arguments.id, part)
        except QueueRefused as refusal:
            raise CommandFailed(refused(refusal).words, code=1) from None
    if arguments.json:
        show_list("people", page.rows, page.next)
        return 0
    rows = [
        (
            row["to"], row["status"], row["attempts_made"], row["transport"] or "", row["answered_by"] or "", row["goal"] or "",
            when(row["next_attempt_at"] or row["ended_at"], zone),
        )
        for row in page.rows
    ]  # fmt: skip
    headings = ("Number", "Status", "Dials", "Carrier", "Answered by", "Goal", f"Next or last ({zone.key})")
    show_table(headings, rows, empty="Nobody is in it.")
    say_more(page)
    return 0


def print_csv(lines: Iterable[bytes]) -> None:
    """Print a table as it is, for a file."""
    for line in lines:
        sys.stdout.write(line.decode())
