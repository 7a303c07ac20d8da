"""`providers`: the accounts that dial, in the order in which they are asked."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import Any

from voicebot.commands.connection import opened_database, opened_runtime
from voicebot.commands.paging import add_paging, page_of_all, say_more
from voicebot.commands.screen import CommandFailed, plain, say, show_json, show_list, show_table
from voicebot.domain.dialling.provider import LONGEST_SECRET, SECRETS, ProviderKind
from voicebot.services.dialling import providers as service
from voicebot.services.dialling.providers import BadProvider, NewProvider, Tried
from voicebot.storage import providers
from voicebot.storage.pages import MOST_ROWS
from voicebot.storage.providers import ProviderRefused

LONGEST_FILE = 8 * 1024
NONE = "none"
REFUSED = {
    "unknown_provider": "there is no such provider; `providers list` shows them",
    "name_taken": "there is a provider of that name already",
    "account_taken": "this account is kept already",
    "from_settings": "its number, rate and secrets stand in the settings",
}


def add_commands(commands: Any) -> None:
    """Add `providers`."""
    group = commands.add_parser(
        "providers",
        description="The accounts that dial. The one with the lowest priority is asked first; the next one when it is "
        "full, broken or off. A number is dialled from by its own account alone.",
    )
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser(
        "list", help="list them", description="List providers, the first to be asked first."
    )
    add_paging(listing, limit=MOST_ROWS)
    listing.set_defaults(run=run_list)

    adding = actions.add_parser(
        "add",
        help="add an account",
        description="Add an account and try it. Its secrets are asked for, or read from a file: "
        + "; ".join(f"{kind.value}: {', '.join(names)}" for kind, names in SECRETS.items())
        + ". Nothing secret is taken from the command line.",
    )
    adding.add_argument("name", help="what it is called here, as backup")
    adding.add_argument(
        "--kind",
        choices=[kind.value for kind in ProviderKind],
        default="twilio",
        help="how it is asked (twilio)",
    )
    adding.add_argument("--account", required=True, metavar="SID", help="the account's name there, as AC…")
    adding.set_defaults(run=run_add)

    setting = actions.add_parser(
        "set", help="change one", description="Change a provider; with --secrets its secrets, too."
    )
    setting.add_argument("name", help="which one")
    setting.set_defaults(run=run_set)
    for command in (adding, setting):
        _add_fields(command)
    setting.add_argument("--secrets", action="store_true", help="ask for other secrets")

    for name, words, run in (
        ("test", "ask a provider for its numbers; nobody is called", run_test),
        ("disable", "ask a provider for no more dials; its calls go on", run_disable),
        ("enable", "switch a provider on again", run_enable),
    ):
        command = actions.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
        command.add_argument("name", help="which one")
        command.set_defaults(run=run)
    for command in actions.choices.values():
        command.add_argument("--json", action="store_true", help="print JSON")


def _add_fields(command: ArgumentParser) -> None:
    command.add_argument("--base-url", metavar="URL", help="where its API is; `none`: at its maker's")
    command.add_argument(
        "--number",
        dest="default_number",
        metavar="NUMBER",
        help="what calls begin from that wish for no number; `none`",
    )
    command.add_argument("--priority", type=int, metavar="N", help="the lowest is asked first (1)")
    command.add_argument(
        "--concurrent", dest="concurrency_limit", type=int, metavar="N", help="calls under way at once (5)"
    )
    command.add_argument(
        "--rate", dest="calls_per_second", type=_rate, metavar="N", help="dials a second (1)"
    )
    command.add_argument(
        "--secrets-file",
        type=Path,
        metavar="FILE",
        help="a line NAME=VALUE for each secret; - is the standard input",
    )


def _rate(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError("expected a number, as 1 or 0.5") from None


def run_list(arguments: Namespace) -> int:
    """List."""
    with opened_database() as database:
        rows = providers.list_providers(database)
    page = page_of_all(arguments, rows)
    if arguments.json:
        show_list("providers", page.rows, page.next)
        return 0
    show_table(
        ("Provider", "State", "Priority", "Under way", "Of", "A second", "Number", "Account"),
        [_line(row) for row in page.rows],
        empty="No providers. `python -m voicebot providers add` adds one.",
    )
    say_more(page)
    return 0


def run_add(arguments: Namespace) -> int:
    """Add, and try."""
    kind = ProviderKind(arguments.kind)
    secrets = _secrets(kind, arguments.secrets_file)
    wanted = NewProvider(arguments.name, kind, arguments.account, secrets, _fields(arguments))
    with opened_runtime() as runtime, _worded():
        service.add_provider(runtime, wanted, anywhere=True)
        tried = service.try_provider(runtime, wanted.name)
        row = providers.show_provider(runtime.database, wanted.name)
    if arguments.json:
        show_json({**row, "test": _told(tried)})
    else:
        say(f"Added. {_words(tried)}")
    return 0 if tried.error is None else 1


def run_set(arguments: Namespace) -> int:
    """Change."""
    with opened_runtime() as runtime, _worded():
        was = providers.show_provider(runtime.database, arguments.name)
        secrets = None
        if arguments.secrets or arguments.secrets_file:
            secrets = _secrets(ProviderKind(was["kind"]), arguments.secrets_file)
        row = service.change_provider(runtime, arguments.name, _fields(arguments), secrets, anywhere=True)
    return _show(arguments, row, "Changed.")


def run_disable(arguments: Namespace) -> int:
    """Switch off."""
    return _switch(arguments, enabled=False, words="Switched off: it is asked for no more dials.")


def run_enable(arguments: Namespace) -> int:
    """Switch on."""
    return _switch(arguments, enabled=True, words="Switched on.")


def run_test(arguments: Namespace) -> int:
    """Try."""
    with opened_runtime() as runtime, _worded():
        tried = service.try_provider(runtime, arguments.name)
    if arguments.json:
        show_json(_told(tried))
    elif tried.error is None:
        say(_words(tried))
    if tried.error is not None:
        if not arguments.json:
            raise CommandFailed(_words(tried))
        return 1
    return 0


def _switch(arguments: Namespace, *, enabled: bool, words: str) -> int:
    with opened_runtime() as runtime, _worded():
        row = service.change_provider(runtime, arguments.name, {"enabled": enabled})
    return _show(arguments, row, words)


def _show(arguments: Namespace, row: Mapping[str, Any], words: str) -> int:
    if arguments.json:
        show_json(row)
    else:
        say(words)
    return 0


def _fields(arguments: Namespace) -> dict[str, Any]:
    names = ("base_url", "default_number", "priority", "concurrency_limit", "calls_per_second")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    return {name: None if value == NONE else value for name, value in given.items()}


def _secrets(kind: ProviderKind, path: Path | None) -> dict[str, str]:
    """Read secrets from a file or a pipe, or ask for each; a kind with one secret may have it bare."""
    names = SECRETS[kind]
    if path is None and sys.stdin.isatty():
        return {name: getpass(f"{name}: ") for name in names}
    try:
        if path is None or str(path) == "-":
            text = sys.stdin.read(LONGEST_FILE + 1)
        else:
            with path.open(encoding="utf-8") as file:
                text = file.read(LONGEST_FILE + 1)
    except (OSError, UnicodeDecodeError):
        raise CommandFailed("--secrets-file: it cannot be read") from None
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if len(text) > LONGEST_FILE or len(lines) > len(names):
        raise CommandFailed(
            f"--secrets-file: expected {len(names)} lines of up to {LONGEST_SECRET} characters"
        )
    if len(names) == len(lines) == 1 and not lines[0].startswith(f"{names[0]}="):
        return {names[0]: lines[0]}
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except BadProvider as error:
        raise CommandFailed(f"{error.field}: {error}", code=2) from None
    except ProviderRefused as refusal:
        raise CommandFailed(REFUSED.get(refusal.code, refusal.code)) from None


def _told(tried: Tried) -> dict[str, Any]:
    return {
        "ok": tried.error is None,
        "error": tried.error,
        "numbers": tried.numbers,
        "has_default_number": tried.has_default_number,
    }


def _words(tried: Tried) -> str:
    if tried.error is not None:
        return f"It cannot be used: {plain(tried.error)}"
    own = {True: "", False: "; the number that calls begin from is not among them", None: ""}
    return f"It answers; {tried.numbers} number{'' if tried.numbers == 1 else 's'}{own[tried.has_default_number]}."


def _line(row: Mapping[str, Any]) -> tuple[str, ...]:
    breaker = row["breaker"]
    state = "active" if row["enabled"] else "off"
    if row["enabled"] and breaker["state"] == "open":
        state = f"failing ({breaker['reason']})"
    settings = row["from_settings"]
    return (
        row["name"],
        state,
        str(row["priority"]),
        str(row["under_way"]),
        str(row["concurrency_limit"] or "any"),
        "as set" if settings else str(row["calls_per_second"] or "any"),
        "as set" if settings else row["default_number"] or "",
        "of the settings" if settings else row["account_sid"],
    )
