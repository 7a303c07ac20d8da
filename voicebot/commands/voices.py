"""`voices`: what the provider of the voice offers, kept in the database."""

from argparse import Namespace
from typing import Any

from voicebot.commands.connection import opened_database, opened_runtime
from voicebot.commands.paging import add_paging, page_of_all, say_more
from voicebot.commands.screen import CommandFailed, say, show_json, show_list, show_table
from voicebot.services.upkeep.sync_voices import sync_voices
from voicebot.storage.catalogue import voices
from voicebot.storage.catalogue.voices import Synced
from voicebot.storage.pages import MOST_ROWS


def add_commands(commands: Any) -> None:
    """Add `voices`."""
    voices = commands.add_parser("voices", description="The voices to speak with.")
    actions = voices.add_subparsers(metavar="ACTION", required=True)
    listing = add_action(actions, "list", run_voices_list, "list the voices that calls may use")
    add_paging(listing, limit=MOST_ROWS)
    listing.add_argument("--language", help="only these, as en or en-GB")
    listing.add_argument("--all", action="store_true", help="those too that the provider no longer offers")
    add_action(actions, "sync", run_voices_sync, "fetch the voices from ElevenLabs")


def run_voices_list(arguments: Namespace) -> int:
    """List voices."""

    with opened_database() as database:
        rows = voices.list_voices(database, language=arguments.language, include_inactive=arguments.all)
    page = page_of_all(arguments, rows)
    if arguments.json:
        show_list("voices", page.rows, page.next)
        return 0
    table = [
        (row["name"], row["language"], row["gender"], row["accent"], _state(row), row["voice_id"])
        for row in page.rows
    ]
    headings = ("Name", "Language", "Gender", "Accent", "Active", "Voice id")
    empty = "No voices. `python -m voicebot voices sync` fetches them."
    if arguments.language:
        empty = "No voice speaks it. `python -m voicebot voices list` shows all."
    show_table(headings, table, empty=empty)
    say_more(page)
    return 0


def run_voices_sync(arguments: Namespace) -> int:
    """Fetch voices."""

    with opened_runtime() as runtime:
        synced = sync_voices(runtime)
    report_synced(synced, "voices", arguments)
    return 0


def add_action(actions: Any, name: str, run: Any, words: str) -> Any:
    """Add an action that prints text or JSON and is described by `words`; return its parser."""
    parser = actions.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    return parser


def report_synced(synced: Synced, what: str, arguments: Namespace) -> None:
    """Print what a comparison with a provider's list came to. Raises CommandFailed for an empty list."""
    if synced.refused:
        raise CommandFailed(f"the provider lists no {what}; nothing was changed")
    told = {"active": synced.active, "switched_off": synced.switched_off}
    if arguments.json:
        show_json(told)
        return
    parts = [f"{count} {name.replace('_', ' ')}" for name, count in told.items()]
    say(f"{what.capitalize()}: {', '.join(parts)}.")


def _state(row: dict[str, Any]) -> str:
    return "yes" if row["is_active"] else "off"
