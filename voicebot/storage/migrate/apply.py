"""Bring a database to the state that this version of the code expects.

Order: `sql/local` (what Supabase would provide), `sql/migrations` (each once, forward only),
`sql/functions` (all of them, every time, folder by folder, in one transaction). Works on the embedded server, on PostgreSQL 15 and later
and on Supabase; the owner of the database need not be a superuser.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from voicebot.storage.database.postgres import TRANSACTION_POOLER_PORT, port_of
from voicebot.storage.migrate.history import MigrationError, SqlFile, pending_of, read_folder, read_tree
from voicebot.storage.migrate.run import SESSION, Connection, Echo, Patience, Runner

SQL_FOLDER = Path(__file__).resolve().parents[3] / "sql"
# Any constant will do, as long as every version of this program uses the same.
LOCK_KEY = 0x566F696365626F74
HISTORY = """
    create schema if not exists voicebot_meta;
    revoke all on schema voicebot_meta from public;
    create table if not exists voicebot_meta.migrations (
        name text primary key,
        checksum text not null,
        applied_at timestamptz not null default now()
    );
    revoke all on voicebot_meta.migrations from public;
    create table if not exists voicebot_meta.migration_steps (
        name text not null,
        step integer not null,
        checksum text not null,
        primary key (name, step)
    );
    revoke all on voicebot_meta.migration_steps from public;
"""
HISTORY_FOR_SERVICE = """
    grant usage on schema voicebot_meta to service_role;
    grant select on voicebot_meta.migrations to service_role;
"""
PATIENCE = Patience()
logger = logging.getLogger(__name__)


def migrate(
    dsn: str, *, echo: Echo = logger.info, sql_folder: Path = SQL_FOLDER, patience: Patience = PATIENCE
) -> None:
    """Apply the missing migrations and create all functions again; safe to repeat. Two at once are safe: the second
    waits. Raises MigrationError.
    """
    with _connected(dsn) as connection, _alone(connection, echo):
        runner = Runner(connection, echo, patience)
        if not is_supabase(connection):
            for file in read_folder(sql_folder / "local"):
                runner.run(file)
        connection.execute(HISTORY)
        pending = pending_of(read_folder(sql_folder / "migrations"), _applied(connection))
        for file in pending:
            started = time.monotonic()
            runner.migrate(file)
            echo(f"applied {file.name} in {time.monotonic() - started:.2f} s")
        functions = read_tree(sql_folder / "functions")
        # Running processes find either the old functions or the new ones, and no function that calls a missing one.
        with connection.transaction():
            _apply_functions(runner, functions)
        connection.execute(HISTORY_FOR_SERVICE)
        connection.execute("notify pgrst, 'reload schema'")
        echo(f"database is up to date: {len(pending)} new migrations, {len(functions)} files of functions")


def pending_migrations(dsn: str, *, sql_folder: Path = SQL_FOLDER) -> list[str]:
    """Name the migrations that `migrate` would apply, changing nothing. Raises MigrationError."""
    with _connected(dsn) as connection:
        known = connection.execute("select to_regclass('voicebot_meta.migrations') is not null").fetchone()
        applied = _applied(connection) if known and known[0] else {}
        return [file.name for file in pending_of(read_folder(sql_folder / "migrations"), applied)]


def apply_seed(dsn: str, name: str) -> None:
    """Run `sql/seed/<name>.sql`, which can be repeated. Raises MigrationError."""
    (file,) = [file for file in read_folder(SQL_FOLDER / "seed") if file.name == f"{name}.sql"]
    with _connected(dsn) as connection:
        Runner(connection, logger.info, PATIENCE).run(file)


@contextmanager
def _connected(dsn: str) -> Iterator[Connection]:
    if port_of(dsn) == TRANSACTION_POOLER_PORT:
        raise MigrationError("migrations need a session connection: use port 5432, not the pooler's 6543")
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=10, prepare_threshold=None)
    except psycopg.OperationalError as error:
        raise MigrationError(f"cannot reach the database: {error}") from error
    with connection:
        connection.execute(SESSION)
        yield connection


@contextmanager
def _alone(connection: Connection, echo: Echo) -> Iterator[None]:
    told = False
    # Polled: a session that waits in the database would delay the indexes that the other one makes.
    while not _has_lock(connection):
        if not told:
            echo("another migration is running; waiting for it")
            told = True
        time.sleep(0.2)
    # The lock ends with the session, also when this process is killed.
    yield


def _has_lock(connection: Connection) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone()
    return bool(row and row[0])


def is_supabase(connection: Connection) -> bool:
    """Tell whether this is a database of Supabase's, which has schema auth of its own."""
    row = connection.execute(
        "select exists (select from pg_roles where rolname = 'supabase_admin')"
    ).fetchone()
    return bool(row and row[0])


def _applied(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("select name, checksum from voicebot_meta.migrations").fetchall())


def _apply_functions(runner: Runner, files: list[SqlFile]) -> None:
    # A function in SQL is checked when it is made, and may call one of a file that comes later: those go again.
    while files:
        failed: list[tuple[SqlFile, MigrationError]] = []
        for file in files:
            try:
                runner.run(file)
            except MigrationError as error:
                if not isinstance(error.__cause__, psycopg.errors.UndefinedFunction):
                    raise
                failed.append((file, error))
        if len(failed) == len(files):
            raise failed[0][1]
        files = [file for file, _ in failed]
