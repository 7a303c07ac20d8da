"""`calls list` and `calls show`: what happened on the phone."""

import argparse
from argparse import Namespace
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from voicebot.commands.connection import opened_database
from voicebot.commands.screen import CommandFailed, length, masked, number, show_json, show_table, when

HEADINGS = ("When", "Who", "Came of it", "Length", "Call")
WAY = {"inbound": "from", "outbound": "to"}


def add_commands(commands: Any) -> None:
    """Add `calls`."""
    calls = commands.add_parser(
        "calls", help="list calls, show one", description="What happened on the phone."
    )
    actions = calls.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="newest first", description="List calls, newest first.")
    listing.add_argument("--limit", type=page_size, default=20, metavar="N", help="how many, up to 200 (20)")
    listing.add_argument(
        "--before", type=int, metavar="ID", help="the next page: what the last one ended with"
    )
    listing.add_argument("--status", help="only these, as completed or no-answer")
    listing.add_argument("--direction", choices=("inbound", "outbound"))
    listing.add_argument("--end-reason", help="only these, as caller_hung_up or model_failed")
    listing.set_defaults(run=run_list)

    showing = actions.add_parser(
        "show", help="one call: who said what, and what came of it", description="Show one call."
    )
    showing.add_argument("call", help="its CallSid, or its public id (a UUID)")
    showing.set_defaults(run=run_show)

    for command in (listing, showing):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--full", action="store_true", help="show phone numbers whole")


def page_size(text: str) -> int:
    """Read --limit."""
    if not text.isdigit() or not 1 <= int(text) <= 200:
        raise argparse.ArgumentTypeError("expected a number from 1 to 200")
    return int(text)


def run_list(arguments: Namespace) -> int:
    """List calls."""
    from voicebot.storage import calls

    with opened_database() as database:
        page = calls.list_calls(
            database,
            page_size=arguments.limit,
            before_id=arguments.before,
            status=arguments.status,
            direction=arguments.direction,
            end_reason=arguments.end_reason,
        )
    if arguments.json:
        listed = {"calls": list(page.calls), "next_before_id": page.next_before_id}
        show_json(listed if arguments.full else masked(listed))
        return 0
    rows = [_row(call, full=arguments.full) for call in page.calls]
    show_table(HEADINGS, rows, empty="No calls. `python -m voicebot demo` makes some.")
    if page.next_before_id is not None:
        show_table((f"More: --before {page.next_before_id}",), [("",)], empty="")
    return 0


def run_show(arguments: Namespace) -> int:
    """Show one call."""
    from voicebot.commands.call_page import show_page
    from voicebot.storage import call_results, calls

    with opened_database() as database:
        found = calls.show_call(database, **_key(arguments.call))
        if found is None:
            raise CommandFailed(f"there is no call {arguments.call}")
        facts = call_results.call_facts(database, found["call"]["id"])
    shown = {**found, "notes": list(facts.notes) if facts else []}
    if arguments.json:
        show_json(shown if arguments.full else masked(shown))
        return 0
    show_page(shown, full=arguments.full)
    return 0


def _row(call: Mapping[str, Any], *, full: bool) -> tuple[str, ...]:
    who = f"{WAY.get(call['direction'], '')} {number(call['phone_number'], full=full)}".strip()
    came = call["outcome"] or call["end_reason"] or call["call_status"] or ""
    if call["end_reason"] == "blocked":
        came = "blocked"
    came += " (open)" if call["open_escalations"] else ""
    began = when(call["started_at"] or call["created_at"])
    return (began, who, came, length(call["duration"]), call["call_sid"])


def _key(call: str) -> dict[str, Any]:
    try:
        return {"public_id": UUID(call)}
    except ValueError:
        return {"call_sid": call}
