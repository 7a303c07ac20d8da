"""`escalations`: list, show and close the cases for a person; print the secret of OPERATOR_WEBHOOK_URL."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.commands.connection import display_zone, opened_database, typed_id
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import (
    CommandFailed,
    console,
    masked,
    number,
    plain,
    say,
    show_json,
    show_list,
    show_table,
    when,
)
from voicebot.domain.page_cursor import BY_TIME
from voicebot.services.operators.tell import webhook_secret
from voicebot.settings import load_settings
from voicebot.storage import escalations
from voicebot.storage.escalations import EscalationFilter

BY = "command line"
LONGEST_SHOWN = 60
NONE_OPEN = "Nothing is open. `--all` shows what was closed."


def add_commands(commands: Any) -> None:
    """Add `escalations`."""
    escalations = commands.add_parser(
        "escalations",
        description="Messages that callers left, wishes to be called back, requests to delete data, and whoever needs a person.",
    )
    actions = escalations.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser(
        "list", help="what is open, newest first", description="List escalations, newest first."
    )
    add_paging(listing)
    listing.add_argument("--all", action="store_true", help="closed ones too")
    listing.add_argument("--reason", help="only these, as message, call_back or erasure_requested")
    listing.set_defaults(run=run_list)

    showing = actions.add_parser("show", help="one escalation", description="Show one escalation.")
    showing.set_defaults(run=run_show)
    closing = actions.add_parser(
        "close",
        help="say that it is dealt with",
        description="Say that a person has dealt with it. The bot answers the thread again that the case had silenced.",
    )
    closing.set_defaults(run=run_close)
    for command in (showing, closing):
        command.add_argument(
            "escalation",
            type=typed_id("an escalation", "escalations list"),
            help="its id, as `escalations list` shows it",
        )
    for command in (listing, showing):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--full", action="store_true", help="show phone numbers whole")

    secret = actions.add_parser(
        "secret",
        help="what OPERATOR_WEBHOOK_URL checks signatures with",
        description="Print the secret with which the system at OPERATOR_WEBHOOK_URL checks the header "
        "webhook-signature (Standard Webhooks). It follows from SECRET_KEY.",
    )
    secret.set_defaults(run=run_secret)


def run_list(arguments: Namespace) -> int:
    """List escalations."""

    part = part_of(arguments, BY_TIME)
    wanted = EscalationFilter(state=None if arguments.all else "open", reason=arguments.reason)
    with opened_database() as database:
        page = escalations.escalations_page(database, wanted, part)
    if arguments.json:
        listed = list(page.rows)
        show_list("escalations", listed if arguments.full else masked(listed), page.next)
        return 0
    zone = display_zone()
    rows = [_row(row, zone, full=arguments.full) for row in page.rows]
    headings = (f"When ({zone.key})", "Who", "Why", "State", "Escalation", "Message")
    show_table(headings, rows, empty="No escalations." if arguments.all else NONE_OPEN)
    say_more(page)
    return 0


def run_show(arguments: Namespace) -> int:
    """Show one escalation."""

    with opened_database() as database:
        row = escalations.show_escalation(database, arguments.escalation)
    if row is None:
        raise CommandFailed(f"there is no escalation {arguments.escalation}")
    if arguments.json:
        show_json(dict(row) if arguments.full else masked(row))
        return 0
    screen = console()
    for name, value in _facts(row, display_zone(), full=arguments.full):
        if value:
            screen.print(f"{name:<11}{plain(value)}", style=None)
    return 0


def run_close(arguments: Namespace) -> int:
    """Close one escalation."""

    with opened_database() as database:
        row = escalations.set_escalation_state(database, arguments.escalation, "closed", by=BY)
    if row is None:
        raise CommandFailed(f"there is no escalation {arguments.escalation}")
    say(f"Closed, {when(row['closed_at'], display_zone())}, by {plain(row['closed_by'])}.")
    return 0


def run_secret(arguments: Namespace) -> int:
    """Print the secret; stdout gets it and nothing else."""
    del arguments

    say(webhook_secret(load_settings()))
    return 0


def _row(row: Mapping[str, Any], zone: ZoneInfo, *, full: bool) -> tuple[str, ...]:
    words = " ".join((row["message"] or "").split())
    shown = words if len(words) <= LONGEST_SHOWN else f"{words[: LONGEST_SHOWN - 1]}…"
    return (
        when(row["created_at"], zone),
        number(row["phone_number"], full=full),
        row["reason"],
        row["state"],
        row["id"],
        shown,
    )


def _facts(row: Mapping[str, Any], zone: ZoneInfo, *, full: bool) -> list[tuple[str, str]]:
    closed = f"{when(row['closed_at'], zone)} by {row['closed_by']}" if row["closed_at"] else ""
    return [
        ("escalation", row["id"]),
        ("why", row["reason"]),
        ("who", number(row["phone_number"], full=full)),
        ("message", row["message"] or ""),
        ("call back", number(row["call_back_number"], full=full)),
        ("when", row["call_back_when"] or ""),
        ("call", row["call_sid"] or ""),
        ("thread", row["conversation_id"] or ""),
        ("raised", when(row["created_at"], zone)),
        ("texted", "yes" if row["notified"] else "no"),
        ("posted", when(row["posted_at"], zone)),
        ("closed", closed or "no"),
    ]
