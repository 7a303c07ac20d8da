"""`keys`: who may use the API. `verifications`: let a number try codes again, and see which codes were not sent.
`console`: a link that signs in to the console."""

import secrets
from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from voicebot.commands.connection import display_zone, opened_database, typed_id
from voicebot.commands.paging import add_paging, page_of_all, say_more
from voicebot.commands.screen import CommandFailed, masked, number, say, show_list, show_table, when
from voicebot.domain.access.api_key import ROLES, hash_of
from voicebot.domain.person.phone import parse_e164
from voicebot.services.create_key import KeyRefused, create_key
from voicebot.settings import load_settings
from voicebot.storage import api_keys
from voicebot.storage.access.sessions import make_link
from voicebot.storage.pages import MOST_ROWS
from voicebot.storage.verification import verifications

LONGEST_NAME = 100
MOST_BLOCKED = 200
WHY_BLOCKED = {
    "country": "{country} is not in ALLOWED_COUNTRIES",
    "line": "not a kind of number that gets codes this way",
    "own_number": "it is our own number",
    "suppressed": "asked for no more messages",
}
REFUSED = {
    "name_taken": "a key of this name exists: revoke it first, or choose another name",
    "unknown_user": "--user: there is no such user",
    "unknown_organization": "--organization: there is no such organization",
}
A_USER, A_TEAM = typed_id("a user"), typed_id("an organization")


def add_commands(commands: Any) -> None:
    """Add `keys`, `verifications` and `console`."""
    keys = commands.add_parser("keys", description="Keys of the API.")
    actions = keys.add_subparsers(metavar="ACTION", required=True)
    creating = actions.add_parser(
        "create",
        help="make a key and print it, once",
        description="Make a key and print it, once. It opens all of the API; with --role integrator, which is enough for "
        "a program of yours, only verification and the calls that it asked for itself.",
    )
    creating.add_argument("name", help="whose key it is")
    creating.add_argument("--role", choices=ROLES, default=ROLES[0], help=f"what it opens ({ROLES[0]})")
    creating.add_argument("--user", type=A_USER, metavar="ID", help="only what is this user's (everything)")
    creating.add_argument(
        "--organization", type=A_TEAM, metavar="ID", help="only what is this organization's (everything)"
    )
    creating.add_argument("--days", type=float, metavar="N", help="it holds for so long (for ever)")
    creating.set_defaults(run=run_create)
    listing = actions.add_parser("list", help="list the keys", description="List the keys, oldest first.")
    add_paging(listing, limit=MOST_ROWS)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=run_list)
    revoking = actions.add_parser("revoke", help="end a key", description="End a key, from now on.")
    revoking.add_argument("key", help="its name, or its first characters as `keys list` shows them")
    revoking.set_defaults(run=run_revoke)

    verifications = commands.add_parser("verifications", description="Phone verification.")
    actions = verifications.add_subparsers(metavar="ACTION", required=True)
    unlocking = actions.add_parser(
        "unlock",
        help="let a number try codes again",
        description="Let a number try codes again that was locked after too many wrong ones.",
    )
    unlocking.set_defaults(run=run_unlock)
    revoking = actions.add_parser(
        "revoke",
        help="take the proof of a number back",
        description="Take the proof of a number back: its user calls from it no more until somebody proves it anew.",
    )
    revoking.set_defaults(run=run_revoke_proof)
    for command in (unlocking, revoking):
        command.add_argument("number", help="in E.164, like +12025550123")
    blocked = actions.add_parser(
        "blocked",
        help="codes that were asked for and not sent, and why",
        description="List codes that were asked for and not sent, the last one first. Whoever asked got the same answer as "
        "for any other number.",
    )
    blocked.add_argument("--days", type=int, default=7, metavar="N", help="of the last N days (7)")
    blocked.add_argument("--json", action="store_true", help="print JSON")
    blocked.add_argument("--full", action="store_true", help="show phone numbers whole")
    blocked.set_defaults(run=run_blocked)

    console = commands.add_parser(
        "console",
        description="Print a link that signs in to the console: once, within fifteen minutes, as the operator of this "
        "machine; with --user as a member of an organization.",
    )
    console.add_argument("--user", type=A_USER, metavar="ID", help="a member (the operator of this machine)")
    console.set_defaults(run=run_console)


def run_create(arguments: Namespace) -> int:
    """Make a key; stdout gets it and nothing else."""

    name = arguments.name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise CommandFailed(f"NAME: expected 1 to {LONGEST_NAME} printable characters", code=2)
    if arguments.days is not None and not 0 < arguments.days <= 36_500:
        raise CommandFailed("--days: expected a number of days above 0", code=2)
    until = None if arguments.days is None else datetime.now(UTC) + timedelta(days=arguments.days)
    with opened_database() as database:
        try:
            key = create_key(
                database,
                name,
                arguments.role,
                expires_at=until,
                user_id=arguments.user,
                organization_id=arguments.organization,
            )
        except KeyRefused as refusal:
            raise CommandFailed(REFUSED[refusal.code]) from None
    say(key)
    return 0


def run_list(arguments: Namespace) -> int:
    """List keys by what may be shown of them."""

    with opened_database() as database:
        page = page_of_all(arguments, api_keys.list_api_keys(database))
    if arguments.json:
        show_list("keys", page.rows, page.next)
        return 0
    zone = display_zone()
    table = [
        (
            row["name"],
            row["role"],
            f"{row['key_prefix']}…",
            when(row["created_at"], zone),
            when(row["last_used_at"], zone),
            _state(row),
        )
        for row in page.rows
    ]
    headings = ("Name", "Role", "Key", f"Made ({zone.key})", "Last used", "State")
    show_table(headings, table, empty="No keys. `python -m voicebot keys create NAME` makes one.")
    say_more(page)
    return 0


def run_revoke(arguments: Namespace) -> int:
    """End a key."""

    with opened_database() as database:
        revoked = api_keys.revoke_api_key(database, arguments.key)
    if not revoked:
        raise CommandFailed("no key that holds has this name; `python -m voicebot keys list` shows them")
    say("Revoked.")
    return 0


def run_console(arguments: Namespace) -> int:
    """Make a link into the console; stdout gets it and nothing else."""

    code = secrets.token_urlsafe(32)
    with opened_database() as database:
        if make_link(database, hash_of(code), arguments.user):
            raise CommandFailed("--user: no organization has such a member")
    say(f"{load_settings().public_url}/console/link?code={code}")
    return 0


def run_unlock(arguments: Namespace) -> int:
    """Unlock a number."""

    whose = _number(arguments)
    with opened_database() as database:
        unlocked = verifications.unlock_verification(database, whose)
    say("Unlocked." if unlocked else "It was not locked.")
    return 0


def run_revoke_proof(arguments: Namespace) -> int:
    """Take a proof back."""

    whose = _number(arguments)
    with opened_database() as database:
        revoked = verifications.revoke_verification(database, whose)
    say("Taken back: nobody has proven this number now." if revoked else "Nobody had proven this number.")
    return 0


def _number(arguments: Namespace) -> str:
    whose = parse_e164(arguments.number)
    if whose is None:
        raise CommandFailed(
            "NUMBER: expected a phone number in E.164: a plus, the country's code, the rest", code=2
        )
    return whose


def run_blocked(arguments: Namespace) -> int:
    """List what was not sent."""

    if not 1 <= arguments.days <= 3650:
        raise CommandFailed("--days: expected a number of days from 1 to 3650", code=2)
    zone, since = display_zone(), datetime.now(UTC) - timedelta(days=arguments.days)
    with opened_database() as database:
        rows, _ = verifications.blocked_verifications(database, since=since, page_size=MOST_BLOCKED)
    if arguments.json:
        show_list("verifications", rows if arguments.full else masked(list(rows)))
        return 0
    table = [
        (
            when(row["blocked_at"], zone),
            number(row["phone_number"], full=arguments.full),
            row["channel"],
            row["key"] or row["purpose"],
            WHY_BLOCKED[row["blocked"]].format(country=row["country"] or "its country"),
        )
        for row in rows
    ]
    headings = (f"Asked ({zone.key})", "Number", "By", "Asked by", "Why nothing was sent")
    show_table(headings, table, empty="Every code that was asked for was sent.")
    return 0


def _state(row: Mapping[str, Any]) -> str:
    if row["revoked_at"]:
        return "revoked"
    if row["expires_at"] and datetime.fromisoformat(row["expires_at"]) <= datetime.now(UTC):
        return "expired"
    return "active"
