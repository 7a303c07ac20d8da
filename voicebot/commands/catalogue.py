"""`voices` and `numbers`: what the providers offer, kept in the database."""

from argparse import Namespace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from voicebot.commands.connection import opened_database, opened_runtime
from voicebot.commands.screen import CommandFailed, say, show_json, show_list, show_table

if TYPE_CHECKING:
    from voicebot.settings import Settings
    from voicebot.storage.voices import Synced


def add_commands(commands: Any) -> None:
    """Add `voices` and `numbers`."""
    voices = commands.add_parser(
        "voices", help="list and sync the voices", description="The voices to speak with."
    )
    actions = voices.add_subparsers(metavar="ACTION", required=True)
    listing = _add(actions, "list", run_voices_list, "list the voices that calls may use")
    listing.add_argument("--language", help="only these, as en or en-GB")
    listing.add_argument("--all", action="store_true", help="those too that the provider no longer offers")
    _add(actions, "sync", run_voices_sync, "fetch the voices from ElevenLabs")

    numbers = commands.add_parser(
        "numbers", help="list and sync the phone numbers", description="Our phone numbers."
    )
    actions = numbers.add_subparsers(metavar="ACTION", required=True)
    _add(actions, "list", run_numbers_list, "list our phone numbers")
    syncing = _add(
        actions, "sync", run_numbers_sync, "fetch the numbers from Twilio and have their calls come to us"
    )
    syncing.add_argument("--no-urls", action="store_true", help="leave the URLs that are registered on them")


def run_voices_list(arguments: Namespace) -> int:
    """List voices."""
    from voicebot.storage import voices

    with opened_database() as database:
        rows = voices.list_voices(database, language=arguments.language, include_inactive=arguments.all)
    if arguments.json:
        show_list("voices", rows)
        return 0
    table = [
        (row["name"], row["language"], row["gender"], row["accent"], _state(row), row["voice_id"])
        for row in rows
    ]
    headings = ("Name", "Language", "Gender", "Accent", "Active", "Voice id")
    show_table(headings, table, empty="No voices. `python -m voicebot voices sync` fetches them.")
    return 0


def run_voices_sync(arguments: Namespace) -> int:
    """Fetch voices."""
    from voicebot.services.sync_voices import sync_voices

    with opened_runtime() as runtime:
        synced = sync_voices(runtime)
    _report(synced, "voices", arguments, {})
    return 0


def run_numbers_list(arguments: Namespace) -> int:
    """List numbers. They are the service's own, so they are shown whole."""
    from voicebot.storage import numbers

    with opened_database() as database:
        rows = numbers.list_numbers(database)
    if arguments.json:
        show_json(rows)
        return 0
    table = [
        (row["full_number"], _state(row), _capabilities(row), row["template"] or "-", row["phone_id"])
        for row in rows
    ]
    headings = ("Number", "Active", "Can", "Template", "Id")
    show_table(headings, table, empty="No numbers. `python -m voicebot numbers sync` fetches them.")
    return 0


def run_numbers_sync(arguments: Namespace) -> int:
    """Fetch numbers."""
    from voicebot.services.sync_numbers import sync_numbers

    with opened_runtime() as runtime:
        if not arguments.no_urls:
            refuse_local_url(runtime.settings)
        done = sync_numbers(runtime, register_urls=not arguments.no_urls)
    _report(done.synced, "numbers", arguments, {"registered": done.registered})
    return 0


def refuse_local_url(settings: "Settings") -> None:
    """Keep numbers from pointing to this machine's own address, where Twilio reaches nobody. Raises CommandFailed."""
    host = urlsplit(settings.public_url).hostname or ""
    try:
        local = ip_address(host).is_private
    except ValueError:
        local = host == "localhost"
    if local and not settings.offline:
        raise CommandFailed(
            "PUBLIC_URL: expected an address that Twilio reaches; set it, or leave the URLs with --no-urls",
            code=2,
        )


def _add(actions: Any, name: str, run: Any, words: str) -> Any:
    parser = actions.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    return parser


def _report(synced: "Synced", what: str, arguments: Namespace, more: dict[str, int]) -> None:
    if synced.refused:
        raise CommandFailed(f"the provider lists no {what}; nothing was changed")
    told = {"active": synced.active, "switched_off": synced.switched_off, **more}
    if arguments.json:
        show_json(told)
        return
    parts = [f"{count} {name.replace('_', ' ')}" for name, count in told.items()]
    say(f"{what.capitalize()}: {', '.join(parts)}.")


def _state(row: dict[str, Any]) -> str:
    return "yes" if row["is_active"] else "off"


def _capabilities(row: dict[str, Any]) -> str:
    return ", ".join(sorted(name for name, able in (row["capabilities"] or {}).items() if able)) or "-"
