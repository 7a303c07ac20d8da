"""`migrate` and `db`: bring the database up to date; start, stop and look at the embedded one."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from voicebot.commands.screen import CommandFailed, say
from voicebot.settings import load_settings
from voicebot.storage.database import session_dsn
from voicebot.storage.embedded import server as embedded
from voicebot.storage.migrate.apply import migrate, pending_migrations


def add_commands(commands: Any) -> None:
    """Add `migrate` and `db`."""
    migrating = commands.add_parser(
        "migrate",
        description="Apply what is missing. Needs SUPABASE_DB_URL or the embedded database. Repeating it is safe.",
    )
    migrating.add_argument(
        "--check", action="store_true", help="only tell what is missing; exit 1 if anything is"
    )
    migrating.set_defaults(run=run_migrate)

    embedded = commands.add_parser(
        "db",
        description="The embedded database, used when neither SUPABASE_URL nor SUPABASE_DB_URL is set.",
    )
    actions = embedded.add_subparsers(metavar="ACTION", required=True)
    for name, run, words in (
        ("start", run_start, "start it and print its address"),
        ("stop", run_stop, "stop it"),
        ("status", run_status, "tell whether it runs; exit 1 if not"),
    ):
        actions.add_parser(name, help=words, description=words).set_defaults(run=run)


def run_migrate(arguments: Namespace) -> int:
    """Apply what is missing, or tell it."""

    dsn = session_dsn(load_settings())
    if not arguments.check:
        migrate(dsn, echo=say)
        return 0
    missing = pending_migrations(dsn)
    for name in missing:
        say(f"missing: {name}")
    say("Run `python -m voicebot migrate`." if missing else "The database is up to date.")
    return 1 if missing else 0


def run_start(_arguments: Namespace) -> int:
    """Start the embedded database."""

    say(embedded.ensure_running(_data_dir()))
    return 0


def run_stop(_arguments: Namespace) -> int:
    """Stop the embedded database."""

    data_dir = _data_dir()
    if not embedded.is_running(data_dir):
        say("The embedded database is not running.")
        return 0
    embedded.stop(data_dir)
    say("The embedded database is stopped.")
    return 0


def run_status(_arguments: Namespace) -> int:
    """Tell whether the embedded database runs."""

    data_dir = _data_dir()
    if embedded.is_running(data_dir):
        say(f"running: {embedded.dsn(data_dir)}")
        return 0
    say("not running; `python -m voicebot db start` starts it")
    return 1


def _data_dir() -> Path:

    settings = load_settings()
    if settings.supabase_url or settings.supabase_db_url:
        raise CommandFailed("a database is configured, so the embedded one is not used", code=2)
    return settings.data_dir
