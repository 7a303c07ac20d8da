"""`numbers`: the phone numbers of the account, where each leads, and which of them lead here."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from voicebot.commands.connection import opened_runtime, typed_number
from voicebot.commands.dialling.number_health import add_actions
from voicebot.commands.paging import add_paging, page_of_all, say_more
from voicebot.commands.screen import CommandFailed, ask, plain, quoted, say, show_json, show_list, show_table
from voicebot.commands.voices import add_action, report_synced
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.services.numbers import connect
from voicebot.services.numbers.connect import Change, NumberRefused, ReleasePreview, leads_to
from voicebot.services.numbers.sync import sync_numbers
from voicebot.settings import Settings
from voicebot.storage.catalogue import number_health, numbers
from voicebot.storage.pages import MOST_ROWS

HEADINGS = ("Number", "Leads", "Connected", "Template", "Belongs to", "Can", "Id")
NOT_KNOWN, GONE = "not known", "gone from the account"


def add_commands(commands: Any) -> None:
    """Add `numbers`."""
    numbers = commands.add_parser(
        "numbers",
        description="The account's phone numbers. Only a number that was connected leads here.",
    )
    actions = numbers.add_subparsers(metavar="ACTION", required=True)
    listing = add_action(actions, "list", run_list, "list every number of the account and where it leads")
    add_paging(listing, limit=MOST_ROWS)
    add_action(actions, "sync", run_sync, "fetch the numbers from Twilio; where they lead stays as it is")

    connecting = add_action(actions, "connect", run_connect, "have the calls and texts of a number come here")
    connecting.add_argument("number", help="the number, as +12025550100")
    connecting.add_argument("--template", metavar="NAME", help="the template of its calls, by name or id")
    connecting.add_argument("--yes", action="store_true", help="do it without asking")

    releasing = add_action(
        actions, "release", run_release, "let a number lead where it led before it was connected"
    )
    releasing.add_argument("number", help="the number, as +12025550100")
    releasing.add_argument(
        "--force", action="store_true", help="also over what somebody else has registered since"
    )

    assigning = add_action(actions, "assign", run_assign, "say whose the calls and texts of a number are")
    assigning.add_argument("number", help="the number, as +12025550100")
    whose = assigning.add_mutually_exclusive_group(required=True)
    whose.add_argument("--to", metavar="ORGANIZATION", help="the organization, by its slug or id")
    whose.add_argument("--nobody", action="store_true", help="the service's own again")
    assigning.add_argument(
        "--history", action="store_true", help="with what came over it before and belongs to nobody"
    )
    add_actions(actions)


def run_list(arguments: Namespace) -> int:
    """List numbers. They are the account's own, so they are shown whole."""

    with opened_runtime() as runtime:
        kept = numbers.list_numbers(runtime.database)
        try:
            rows, why = _live(runtime, kept), ""
        except ProviderError as error:
            rows, why = [_row(row, "here" if row["connected_at"] else None) for row in kept], error.code
    page = page_of_all(arguments, rows)
    if why:
        sys.stderr.write(f"Twilio does not answer ({plain(why)}): this is what the database knows.\n")
    if arguments.json:
        show_list("numbers", page.rows, page.next)
        return 0
    table = [
        (
            row["full_number"],
            (row["leads"] or NOT_KNOWN) if row["is_active"] else GONE,
            "yes" if row["connected_at"] else "-",
            _template(row),
            plain(row["organization"] or "-"),
            _capabilities(row),
            row["phone_id"],
        )
        for row in page.rows
    ]
    show_table(HEADINGS, table, empty="No numbers. `python -m voicebot numbers sync` fetches them.")
    say_more(page)
    return 0


def run_sync(arguments: Namespace) -> int:
    """Fetch numbers."""

    with opened_runtime() as runtime:
        synced = sync_numbers(runtime)
    report_synced(synced, "numbers", arguments)
    return 0


def run_connect(arguments: Namespace) -> int:
    """Show what would change, ask, and connect."""

    with opened_runtime() as runtime:
        refuse_local_url(runtime.settings)
        number = typed_number(arguments.number)
        with _refusals():
            preview = connect.preview_connect(runtime, number, arguments.template)
            if not arguments.json:
                _show_changes(preview.changes, f"{number} leads here already.")
            if preview.changes and not arguments.yes and not _agreed(f"Have {number} lead here?", arguments):
                raise CommandFailed("nothing was changed")
            connect.connect(runtime, preview)
        rows = numbers.list_numbers(runtime.database)
    row = next((row for row in rows if row["phone_id"] == preview.number.sid), {})
    if arguments.json:
        told = {name: row.get(name) for name in ("template", "template_version")}
        show_json({"number": number, "first": preview.is_first, "changes": _changes(preview.changes)} | told)
        return 0
    if preview.changes or preview.is_first:
        say(f"{number} is connected. `python -m voicebot numbers release {number}` gives it back.")
    _say_who_answers(row)
    return 0


def run_release(arguments: Namespace) -> int:
    """Put back what a number led to; ask first when somebody else has changed it since."""

    with opened_runtime() as runtime:
        number = typed_number(arguments.number)
        with _refusals():
            preview = connect.preview_release(runtime, number)
            if preview.repointed and not arguments.force:
                _ask_to_overwrite(number, preview, arguments)
            connect.release(runtime, preview)
    if arguments.json:
        show_json({"number": number, "gone": preview.number is None, "changes": _changes(preview.changes)})
        return 0
    _show_changes(preview.changes, "")
    if preview.number is None:
        say(f"The account has {number} no longer; it does not count as connected any more.")
    else:
        say(f"{number} is released and leads where it led before.")
    return 0


def run_assign(arguments: Namespace) -> int:
    """Assign a number. Earlier calls and texts stay where they are, unless they belong to nobody and `--history` asks for them."""

    with opened_runtime() as runtime:
        number = typed_number(arguments.number)
        try:
            assigned = numbers.assign_number(
                runtime.database, number, arguments.to, history=arguments.history
            )
        except numbers.UnknownOrganization as unknown:
            known = ", ".join(plain(each) for each in unknown.slugs) or "none"
            raise CommandFailed(
                f"there is no organization {plain(arguments.to)}; there are: {known}"
            ) from None
        except number_health.NumberRefused:
            raise CommandFailed(
                f"{number} is not known; `python -m voicebot numbers sync` fetches numbers"
            ) from None
    slug = assigned.organization
    if arguments.json:
        show_json({"number": number, "organization": slug, "unplaced_calls": assigned.calls,
                   "unplaced_threads": assigned.threads})  # fmt: skip
        return 0
    if slug:
        say(f"Calls and texts of {number} belong to {plain(slug)} from now on.")
    else:
        say(f"{number} belongs to no organization from now on.")
    if slug and (assigned.calls or assigned.threads):
        before = f"{assigned.calls} calls and {assigned.threads} threads of before belong to nobody"
        say(
            f"{before}: a worker moves them now."
            if arguments.history
            else f"{before}; --history gives them, too."
        )
    return 0


def _say_who_answers(row: Mapping[str, Any]) -> None:
    name = plain(row.get("template") or "")
    if not name:
        say("Its calls get the default assistant: `--template NAME` gives them a template.")
    elif row["template_version"]:
        say(f"Its calls run version {row['template_version']} of {name}.")
    else:
        say(f"Nothing of {name} is published yet, so its calls get the default assistant. This publishes it:")
        say(f"  python -m voicebot templates publish {quoted(name)}")


def refuse_local_url(settings: Settings) -> None:
    """Keep numbers from leading to this machine's own address, where Twilio reaches nobody. Raises CommandFailed."""
    host = urlsplit(settings.public_url).hostname or ""
    try:
        local = ip_address(host).is_private
    except ValueError:
        local = host == "localhost"
    if local and not settings.offline:
        raise CommandFailed("PUBLIC_URL: expected an address that Twilio reaches; set it first", code=2)


def _live(runtime: Runtime, kept: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every number of the account as the carrier has it now, then those that it has no longer."""

    known = {row["phone_id"]: row for row in kept}
    rows = []
    for number in runtime.carriers.main.telephony.list_numbers():
        stranger = {"phone_id": number.sid} | dict.fromkeys(
            ("template", "template_id", "template_version", "organization", "connected_at")
        )
        row = {**stranger, **known.pop(number.sid, {})}
        now = {
            "full_number": number.number,
            "capabilities": dict(number.capabilities),
            "is_active": True,
        }
        rows.append(_row(row | now, leads_to(number, runtime.settings)))
    return rows + [_row({**row, "is_active": False}, None) for row in known.values()]


def _row(row: Mapping[str, Any], leads: str | None) -> dict[str, Any]:
    names = (
        "full_number",
        "is_active",
        "connected_at",
        "template",
        "template_id",
        "template_version",
        "organization",
        "capabilities",
        "phone_id",
    )
    return {"leads": leads} | {name: row[name] for name in names}


def _agreed(question: str, arguments: Namespace) -> bool:
    """Ask for a confirmation. Raises CommandFailed without a terminal, or with JSON output."""
    if arguments.json or not sys.stdin.isatty():
        raise CommandFailed("nobody can be asked here: --yes does it without asking", code=2)
    return ask(question)


def _ask_to_overwrite(number: str, preview: ReleasePreview, arguments: Namespace) -> None:
    if arguments.json or not sys.stdin.isatty():
        fields = ", ".join(each.field for each in preview.repointed)
        raise CommandFailed(
            f"somebody else has changed {number} since ({fields}); --force puts back what was before all the same"
        )
    say(f"Somebody else has changed {number} since it was connected. Releasing it would change:")
    _show_changes(preview.changes, "")
    if not ask("Overwrite what they registered?"):
        raise CommandFailed("nothing was changed")


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn a service's refusal into the command's one line."""

    try:
        yield
    except NumberRefused as refused:
        raise CommandFailed(str(refused)) from None


def _show_changes(changes: Sequence[Change], otherwise: str) -> None:
    if not changes:
        if otherwise:
            say(otherwise)
        return
    table = [(each.field, _shown(each.before), "->", _shown(each.after)) for each in changes]
    show_table(("Field", "Before", "", "After"), table, empty="")


def _changes(changes: Sequence[Change]) -> list[dict[str, str]]:
    return [
        {"field": each.field, "before": _shown(each.before), "after": _shown(each.after)} for each in changes
    ]


def _shown(value: str) -> str:
    """A value without the password that an address may hold."""
    scheme, mark, rest = value.partition("://")
    place, slash, path = rest.partition("/")
    if mark and "@" in place:
        return f"{scheme}://***@{place.rpartition('@')[2]}{slash}{path}"
    return value or "(nothing)"


def _template(row: Mapping[str, Any]) -> str:
    name = row["template"] or "-"
    return f"{name} (not published)" if row["template"] and not row["template_version"] else name


def _capabilities(row: Mapping[str, Any]) -> str:
    return ", ".join(sorted(name for name, able in (row["capabilities"] or {}).items() if able)) or "-"
