"""`calls list` and `calls show`: what happened on the phone."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from voicebot.commands.connection import display_zone, opened_database
from voicebot.commands.pages.call_page import show_page
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import (
    CommandFailed,
    length,
    masked,
    number,
    show_json,
    show_list,
    show_table,
    when,
)
from voicebot.domain.call.state import EndReason
from voicebot.domain.call.statuses import DIRECTIONS, CallStatus
from voicebot.domain.call.words import came_of_it
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.storage.calls import calls, results
from voicebot.storage.calls.calls import EVERY_CALL, CallFilter
from voicebot.storage.pages import Part

WAY = {"inbound": "from", "outbound": "to"}
SHORT_ID = 8
"""So many letters of a public id tell one call from another, as a rule."""
LAST = "last"


def add_commands(commands: Any) -> None:
    """Add `calls`."""
    calls = commands.add_parser("calls", description="What happened on the phone.")
    actions = calls.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser(
        "list", help="the last one first", description="List calls, the one that began last first."
    )
    add_paging(listing)
    listing.add_argument(
        "--status",
        choices=tuple(map(str, CallStatus)),
        metavar="STATUS",
        help="only these, as completed or no-answer",
    )
    listing.add_argument("--direction", choices=DIRECTIONS)
    listing.add_argument(
        "--end-reason",
        choices=tuple(map(str, EndReason)),
        metavar="REASON",
        help="only these, as caller_hung_up or model_failed",
    )
    listing.set_defaults(run=run_list)

    showing = actions.add_parser(
        "show", help="one call: who said what, and what came of it", description="Show one call."
    )
    showing.add_argument(
        "call", help="its id or CallSid, or the first letters of either as `calls list` shows them; or `last`"
    )
    showing.set_defaults(run=run_show)

    for command in (listing, showing):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--full", action="store_true", help="show phone numbers whole")


def run_list(arguments: Namespace) -> int:
    """List calls."""

    part = part_of(arguments, BY_TIME_AND_NUMBER)
    wanted = CallFilter(
        status=arguments.status, direction=arguments.direction, end_reason=arguments.end_reason
    )
    zone = display_zone()
    with opened_database() as database:
        page = calls.list_calls(database, wanted, part)
    if arguments.json:
        listed = [with_public_id(call) for call in page.rows]
        show_list("calls", listed if arguments.full else masked(listed), page.next)
        return 0
    show_table(
        (f"Began ({zone.key})", "Who", "Came of it", "Length", "Call", "Summary"),
        [_row(call, zone, full=arguments.full) for call in page.rows],
        empty="No such calls." if wanted != EVERY_CALL else "No calls. `python -m voicebot demo` makes some.",
        shorten_last=True,
    )
    say_more(page)
    return 0


def run_show(arguments: Namespace) -> int:
    """Show one call."""

    zone = display_zone()
    with opened_database() as database:
        found = calls.show_call(database, **_key(database, arguments.call, zone))
        if found is None:
            raise CommandFailed(
                f"there is no call {arguments.call}; `python -m voicebot calls list` shows them"
            )
        facts = results.call_facts(database, found["call"]["id"])
    shown = {**found, "notes": list(facts.notes) if facts else []}
    if arguments.json:
        named = {**shown, "call": with_public_id(found["call"])}
        show_json(named if arguments.full else masked(named))
        return 0
    show_page(shown, zone, full=arguments.full)
    return 0


def with_public_id(call: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with the id that `calls show` and the API take, in place of the database's own number."""
    return {**{name: value for name, value in call.items() if name != "public_id"}, "id": call["public_id"]}


def _row(call: Mapping[str, Any], zone: ZoneInfo, *, full: bool) -> tuple[str, ...]:
    who = f"{WAY.get(call['direction'], '')} {number(call['phone_number'], full=full)}".strip()
    return (
        when(call["started_at"] or call["created_at"], zone),
        who,
        came_of_it(call) + (" (open)" if call["open_escalations"] else ""),
        length(call["duration"]),
        call["public_id"][:SHORT_ID],
        call["summary"] or "",
    )


def _key(database: Any, call: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return which call is meant. Raises CommandFailed when several could be."""

    if call == LAST:
        newest = calls.list_calls(database, part=Part(1)).rows
        if not newest:
            raise CommandFailed("there are no calls yet")
        return {"public_id": UUID(newest[0]["public_id"])}
    found = calls.find_calls(database, call)
    if len(found) > 1:
        # As long as they take to differ, or the answer would be as ambiguous as the question.
        size = next(
            size
            for size in range(SHORT_ID, 37)
            if len({row["public_id"][:size] for row in found}) == len(found)
        )
        several = ", ".join(f"{row['public_id'][:size]} ({when(row['began_at'], zone)})" for row in found)
        raise CommandFailed(f"{call} may be several calls: {several}")
    return {"public_id": UUID(found[0]["public_id"])} if found else {"call_sid": call}
