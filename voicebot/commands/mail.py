"""`mail test`, `mail digest` and `mail list`: try whether mail arrives, see or send a digest, see what became of mail."""

import argparse
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.commands.connection import display_zone, opened_database, opened_runtime
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, say, show_list, show_table, when
from voicebot.domain.page_cursor import BY_TIME
from voicebot.services.operators.send_digest import digest_wish, yesterday
from voicebot.services.operators.send_mail import Sent, send_now, trial_wish, words_of_digest
from voicebot.settings import Settings
from voicebot.storage.mail import mail_page

WORDS = {
    "sent": "has been sent",
    "generated": "could not be sent yet and will be tried again by the worker",
    "sending": "is being sent by another process",
    "failed": "was not sent",
    "unknown": "may have been sent: the server did not answer, and it is not sent again",
}


def add_commands(commands: Any) -> None:
    """Add `mail`."""
    parser = commands.add_parser(
        "mail",
        description="Mail to the operator: escalations and the digest.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    testing = actions.add_parser(
        "test", help="send a test to OPERATOR_EMAIL", description="Send one mail and say what happened."
    )
    testing.set_defaults(run=run_test)

    digesting = actions.add_parser(
        "digest",
        help="send the digest of a day, or show it",
        description="Send the digest of a day to OPERATOR_EMAIL. One that was sent is not sent again.",
    )
    digesting.add_argument("--day", type=day, metavar="YYYY-MM-DD", help="which day (yesterday)")
    digesting.add_argument("--print", action="store_true", dest="show", help="show it, send nothing")
    digesting.set_defaults(run=run_digest)

    listing = actions.add_parser(
        "list", help="what was mailed, and what became of it", description="List mail."
    )
    add_paging(listing)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.add_argument("--full", action="store_true", help="show addresses whole")
    listing.set_defaults(run=run_list)


def day(text: str) -> date:
    """Read --day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a day as 2026-11-27") from None


def run_test(_arguments: Namespace) -> int:
    """Send a test."""

    with opened_runtime() as runtime:
        _require_mail(runtime.settings)
        return _told(send_now(runtime, trial_wish(runtime)), "The test")


def run_digest(arguments: Namespace) -> int:
    """Send a digest, or show it."""

    with opened_runtime() as runtime:
        last = yesterday(runtime)
        wanted = arguments.day or last
        if arguments.show:
            say(words_of_digest(runtime, wanted)[0].rstrip())
            return 0
        if wanted > last:
            raise CommandFailed(f"{wanted} is not over yet; --print shows it", 2)
        _require_mail(runtime.settings)
        return _told(send_now(runtime, digest_wish(runtime, wanted)), f"The digest of {wanted}")


def run_list(arguments: Namespace) -> int:
    """List mail."""

    part = part_of(arguments, BY_TIME)
    with opened_database() as database:
        page = mail_page(database, part=part)
    mails = list(page.rows)
    if not arguments.full:
        mails = [{**row, "to_address": hidden(row["to_address"])} for row in mails]
    if arguments.json:
        show_list("mails", mails, page.next)
        return 0
    zone = display_zone()
    headings = (f"When ({zone.key})", "Kind", "To", "State", "Tries", "Why", "Subject")
    show_table(headings, [_row(row, zone) for row in mails], empty="No mail yet.")
    say_more(page)
    return 0


def hidden(address: str) -> str:
    """Return an address as it may be shown: its first letter and its domain."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"


def _row(row: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    return (
        when(row["created_at"], zone),
        row["kind"],
        row["to_address"],
        row["state"],
        str(row["attempts"]),
        row["error"] or "",
        row["subject"],
    )


def _require_mail(settings: Settings) -> None:
    if not settings.smtp_url:
        raise CommandFailed("no mail is sent: SMTP_URL is not set", 2)
    if not settings.operator_email:
        raise CommandFailed("nobody gets mail: OPERATOR_EMAIL is not set", 2)


def _told(sent: Sequence[Sent], what: str) -> int:
    for one in sent:
        before = "" if one.ours or one.state == "sending" else " before this command"
        why = f" ({one.error})" if one.error and one.state != "sent" else ""
        say(f"{what} to {one.to} {WORDS[one.state]}{before}{why}.")
    return 0 if all(one.state == "sent" for one in sent) else 1
