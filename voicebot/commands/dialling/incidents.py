"""`incidents`: what is wrong with the dialling, and what was."""

from argparse import Namespace
from typing import Any

from voicebot.commands.connection import display_zone, opened_database
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import show_list, show_table, when
from voicebot.domain.dialling.incidents import INCIDENT_KINDS
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage import incidents
from voicebot.storage.incidents import IncidentFilter


def add_commands(commands: Any) -> None:
    """Add `incidents`."""
    listing = commands.add_parser(
        "incidents",
        description="What is wrong with the dialling, and what was, the newest first. An incident closes itself when "
        "its cause is over.",
    )
    listing.add_argument("--open", action="store_true", help="only what is wrong now")
    listing.add_argument("--kind", choices=tuple(INCIDENT_KINDS), help="only of this kind")
    listing.add_argument("--json", action="store_true", help="print JSON")
    add_paging(listing)
    listing.set_defaults(run=run_incidents)


def run_incidents(arguments: Namespace) -> int:
    """List. Subjects are numbers of ours, campaigns and providers, so they are shown whole."""
    part, zone = part_of(arguments, BY_TIME), display_zone()
    wanted = IncidentFilter(state="open" if arguments.open else None, kind=arguments.kind)
    with opened_database() as database:
        page = incidents.incidents_page(database, wanted, part)
    if arguments.json:
        show_list("incidents", page.rows, page.next)
        return 0
    table = [
        (when(row["opened_at"], zone), when(row["closed_at"], zone) if row["closed_at"] else "open", row["kind"],
         row["subject"], row["reason"])
        for row in page.rows
    ]  # fmt: skip
    headings = (f"Opened ({zone.key})", "Closed", "Kind", "About", "What was seen")
    show_table(headings, table, empty="No incident is open." if arguments.open else "There was no incident.")
    say_more(page)
    return 0
