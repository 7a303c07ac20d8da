"""Open what a command works on, and close it again."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from voicebot.commands.examples import PROGRAM
from voicebot.commands.screen import CommandFailed, plain, quieten
from voicebot.domain.person.phone import parse_e164
from voicebot.runtime import Runtime
from voicebot.settings import Settings, load_settings
from voicebot.storage.database import Database, open_database, session_dsn
from voicebot.storage.migrate.apply import pending_migrations
from voicebot.storage.migrate.history import MigrationError
from voicebot.wiring import build_runtime


@contextmanager
def opened_database() -> Iterator[Database]:
    """Open the configured database; the embedded server is started when none is configured."""

    database = open_database(_settings())
    try:
        yield database
    finally:
        database.close()


@contextmanager
def opened_runtime() -> Iterator[Runtime]:
    """Build everything that the settings describe."""

    runtime = build_runtime(_settings())
    try:
        yield runtime
    finally:
        runtime.database.close()


def display_zone() -> ZoneInfo:
    """Return the time zone that commands tell times in."""

    return ZoneInfo(load_settings().timezone)


def typed_time(text: str) -> datetime:
    """Read a time as somebody types it (a type of argparse); `moment_of` tells which moment it is."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("expected a time as 2026-12-31T18:00") from None


NUMBER_EXPECTED = "expected a plus, the country's code and the rest"
"""In words: an example's digits would be masked like those of anybody."""


def typed_number(given: str) -> str:
    """Return a phone number as somebody types it, in E.164. Raises CommandFailed."""
    found = parse_e164(given, load_settings().home_country)
    if found is None:
        raise CommandFailed(f"{plain(given)[:40]} is no phone number; {NUMBER_EXPECTED}", code=2)
    return found


def typed_id(thing: str, shown_by: str = "") -> Callable[[str], UUID]:
    """Return a type of argparse: the id of a `thing`, which the command `shown_by` shows. Raises ArgumentTypeError."""

    def typed(given: str) -> UUID:
        try:
            return UUID(given)
        except ValueError:
            where = f", as `{PROGRAM} {shown_by}` shows it" if shown_by else ""
            raise ArgumentTypeError(f"expected the id of {thing}{where}") from None

    return typed


def moment_of(typed: datetime) -> datetime:
    """Return the moment in the display time zone, which is also the zone of a typed time without one."""
    zone = display_zone()
    try:
        return typed.astimezone(zone) if typed.tzinfo else typed.replace(tzinfo=zone)
    except OverflowError:
        raise CommandFailed("expected a time of this era", code=2) from None


def _settings() -> Settings:

    quieten()
    settings = load_settings()
    if not (settings.supabase_url or settings.supabase_db_url):
        _refuse_empty(settings)
    return settings


def _refuse_empty(settings: Settings) -> None:
    # In a database without our schema nobody can log in, so it would look like a database that is away.

    try:
        behind = pending_migrations(session_dsn(settings))
    except MigrationError:
        # An edited history is for `migrate` and `doctor` to judge; what is there can be read.
        return
    if behind:
        raise CommandFailed("the database is not up to date: run `python -m voicebot migrate`")
