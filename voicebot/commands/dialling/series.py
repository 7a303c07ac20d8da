"""`queue series|repeat`: calls that repeat, and their edits."""

from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from voicebot.commands.connection import moment_of, opened_runtime, typed_id, typed_time
from voicebot.commands.dialling.refusals import worded
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, number, plain, say, show_json, show_list, show_table
from voicebot.runtime import Runtime
from voicebot.services.dialling import series as service
from voicebot.storage.dialling import series
from voicebot.storage.dialling.series import SeriesFilter

STATES = ("active", "paused", "canceled", "done")


def add_actions(actions: Any) -> None:
    """Add what is done with calls that repeat."""
    listing = actions.add_parser(
        "series", help="list calls that repeat", description="List calls that repeat, newest first."
    )
    listing.add_argument("--state", choices=STATES)
    add_paging(listing)
    listing.set_defaults(run=run_list)
    editing = actions.add_parser(
        "repeat",
        help="edit, pause or cancel calls that repeat",
        description="Edit, pause or cancel what is not dialled yet of a series; `queue cancel` takes one of its calls.",
    )
    editing.add_argument(
        "id", type=typed_id("calls that repeat", "queue series"), help="as `queue series` shows it"
    )
    editing.add_argument("--rule", metavar="RRULE", help="as FREQ=WEEKLY;BYDAY=MO")
    editing.add_argument(
        "--at", type=typed_time, metavar="TIME", help="when the first call of the new rule is"
    )
    editing.add_argument("--priority", type=int, metavar="N", help="the higher one is dialled first")
    editing.add_argument("--state", choices=("active", "paused", "canceled"))
    editing.set_defaults(run=run_edit)
    for command in (listing, editing):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--full", action="store_true", help="show phone numbers whole")


def run_list(arguments: Namespace) -> int:
    """List."""
    part = part_of(arguments, series.BY_BEGUN)
    with opened_runtime() as runtime:
        page = series.list_series(runtime.database, SeriesFilter(arguments.state), part)
        rows = [_shown(runtime, row, arguments.full) for row in page.rows]
    if arguments.json:
        show_list("series", rows, page.next)
        return 0
    table = [
        (
            row["id"],
            row["to"],
            row["state"],
            row["repeat"],
            _local(row["next"][0], row["zone"]) if row["next"] else "",
        )
        for row in rows
    ]
    show_table(("Series", "Number", "State", "Repeats", "Next"), table, empty="No call repeats.")
    say_more(page)
    return 0


def run_edit(arguments: Namespace) -> int:
    """Edit."""
    wanted = service.SeriesChange(
        arguments.state, arguments.rule, arguments.at and moment_of(arguments.at), arguments.priority
    )
    if wanted == service.SeriesChange():
        raise CommandFailed("say what changes: --rule, --at, --priority, --state", code=2)
    with opened_runtime() as runtime:
        row = _shown(runtime, worded(lambda: service.change(runtime, arguments.id, wanted)), arguments.full)
    if arguments.json:
        show_json(row)
    else:
        say_series(row)
    return 0


def series_of(entry: Mapping[str, Any], full: bool) -> Mapping[str, Any] | None:
    """Return the series that an entry is a call of; None: it does not repeat."""
    if entry["series_id"] is None:
        return None
    with opened_runtime() as runtime:
        return _shown(
            runtime, worded(lambda: series.show_series(runtime.database, UUID(entry["series_id"]))), full
        )


def say_series(row: Mapping[str, Any]) -> None:
    """Say how it repeats, and when the next calls are."""
    ended = f", {plain(row['last_error'])}" if row["last_error"] else ""
    say(f"Repeats {row['repeat']} in {row['zone']}: {row['state']}{ended}, series {row['id']}.")
    if row["next"]:
        say(f"Next: {', '.join(_local(at, row['zone']) for at in row['next'])}.")


def _shown(runtime: Runtime, row: Mapping[str, Any], full: bool) -> dict[str, Any]:
    coming = [at.isoformat() for at in service.next_times(row, runtime.now())]
    return {**row, "to": number(row["to"], full=full), "next": coming}


def _local(at: str, zone: str) -> str:
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")
