"""An installation in use, for the tests of backups: a database with rows in every table, secrets, a spool."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tests.services.calls.aftermath import add_call, add_words
from tests.services.verification.verification_desk import new_number
from tests.sql.access.access_actors import Connection
from tests.sql.access.access_rows import seed
from voicebot.runtime import Runtime
from voicebot.services.create_key import create_key
from voicebot.services.upkeep.back_up import BackedUp, back_up
from voicebot.services.upkeep.restore import Restored, restore
from voicebot.services.verification import verify_phone
from voicebot.settings import load_settings
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.spool.files import SpooledFact, open_spool
from voicebot.wiring import build_runtime


class Installation:
    """A database and a data folder, as one installation has them."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn, self.folder = dsn, folder
        self.environ = {"SUPABASE_DB_URL": dsn, "VOICEBOT_DATA_DIR": str(folder)}

    @contextmanager
    def runtime(self) -> Iterator[Runtime]:
        settings = load_settings(self.environ)
        database = PostgresDatabase(self.dsn, min_size=1, max_size=2)
        try:
            yield build_runtime(settings, database)
        finally:
            database.close()

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            yield connection

    def back_up(self, path: Path, *, clips: bool = False) -> BackedUp:
        settings = load_settings(self.environ)
        return back_up(
            settings, self.dsn, path, clips=clips, now=lambda: datetime.now(UTC), progress=lambda *_: None
        )

    def restore(self, path: Path, *, force: bool = False) -> Restored:
        return restore(self.environ, path, force=force, progress=lambda *_: None)


def fill(house: Installation) -> None:
    with house.owner() as owner:
        seed(owner)
        call, _ = add_call(owner, call_sid="CA" + "1" * 32, call_status="completed")
        add_words(owner, call, ("caller", "Tabs\tand\\lines\nand 'quotes' and 💐"), ("bot", "Noted."))
        owner.execute(
            "select jobs.defer('summarise_call', jsonb_build_object('call_id', %s::bigint))", [call]
        )
        owner.execute("insert into private.erased_names (name) values ('erased:' || repeat('a', 64))")
    with house.runtime() as runtime:
        verify_phone.start(runtime, HELD, "sms")
        create_key(runtime.database, "the other service", "integrator")
    spool = open_spool(load_settings(house.environ))
    spool.probe()
    spool.append(SpooledFact("message_received", HELD, {"body": "unreadable"}, datetime.now(UTC)))
    spool.set_aside(*spool.waiting())
    spool.append(SpooledFact("message_received", HELD, {"body": "kept"}, datetime.now(UTC)))


HELD = new_number()


def everything(connection: Connection) -> Mapping[str, list[Any]]:
    """Every row of every table that is not PostgreSQL's, nor says when a migration ran."""
    names = connection.execute(
        """select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'voicebot_meta')
            order by 1"""
    ).fetchall()
    return everything_of(connection, [name for (name,) in names])


def shape(connection: Connection) -> list[Any]:
    """What must be as it was after the tables were filled: triggers, references, row level security."""
    return [
        connection.execute(words).fetchall()
        for words in (
            "select tgrelid::regclass::text, tgname, tgenabled::text from pg_trigger where not tgisinternal order by 1, 2",
            "select conrelid::regclass::text, conname, condeferrable, condeferred from pg_constraint where contype = 'f' order by 1, 2",
            "select oid::regclass::text, relrowsecurity, relforcerowsecurity from pg_class where relkind = 'r' order by 1",
        )
    ]


def as_url(dsn: str) -> str:
    """An address as the settings want it."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    return f"postgresql://{parts['user']}@/{parts['dbname']}?host={quote(parts['host'], safe='')}"


def everything_of(connection: Connection, names: list[str]) -> Mapping[str, list[Any]]:
    return {
        name: connection.execute(
            f'select to_jsonb(t)::text from {name} t order by to_jsonb(t)::text collate "C"'
        ).fetchall()
        for name in names
    }
