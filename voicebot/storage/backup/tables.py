"""Copy our tables out of a database as they were at one moment.

Which tables are ours is what the SQL files say: in a database that is shared, others may have theirs in `public`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from voicebot.storage.backup.archive import PIECE_BYTES, TABLES, ArchiveWriter, BackupError
from voicebot.storage.migrate.apply import SQL_FOLDER, is_supabase
from voicebot.storage.migrate.history import read_folder
from voicebot.storage.migrate.run import SESSION

CREATED = re.compile(
    r"^create (?:unlogged )?table (?:if not exists )?(?:(\w+)\.)?(\w+)", re.IGNORECASE | re.MULTILINE
)
DROPPED = re.compile(r"^drop table (\w+\.\w+);", re.MULTILINE)
FILLED = re.compile(r"^insert into (\w+\.\w+)", re.MULTILINE)
SEARCH_PATH = re.compile(r"^set local search_path = (\w+);", re.MULTILINE)
Connection = psycopg.Connection[tuple[Any, ...]]
Progress = Callable[[str, int, int], None]
"""What is being done, bytes done, bytes in all."""


@dataclass(frozen=True)
class Table:
    """One table: its name with the schema, and the columns that hold values of their own."""

    name: str
    columns: tuple[str, ...]

    @property
    def identifier(self) -> sql.Identifier:
        """Schema and name, quoted for a statement."""
        return sql.Identifier(*self.name.split("."))

    @property
    def column_list(self) -> sql.Composed:
        """The columns, quoted and separated by commas for a statement."""
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))


def our_table_names(*, with_auth: bool = True) -> list[str]:
    """Return the tables that the SQL files make and keep; `with_auth` adds those that Supabase would have made."""
    names: dict[str, None] = {}
    for folder in ("local", "migrations") if with_auth else ("migrations",):
        for file in read_folder(SQL_FOLDER / folder):
            path = SEARCH_PATH.search(file.text)
            for schema, table in CREATED.findall(file.text):
                names[f"{schema or (path[1] if path else 'public')}.{table}"] = None
            for gone in DROPPED.findall(file.text):
                names.pop(gone, None)
    return list(names)


def names_filled_by_migrations() -> set[str]:
    """Return the tables that have rows in a database which nobody has used yet."""
    return {name for file in read_folder(SQL_FOLDER / "migrations") for name in FILLED.findall(file.text)}


@contextmanager
def connected(dsn: str) -> Iterator[Connection]:
    """Open a transaction for one backup or one restoring. Raises BackupError."""
    try:
        connection = psycopg.connect(dsn, connect_timeout=10, prepare_threshold=None)
    except psycopg.OperationalError as error:
        raise BackupError(f"cannot reach the database: {error}") from error
    try:
        connection.execute(SESSION)
        connection.commit()
        with connection:
            yield connection
    except psycopg.errors.ForeignKeyViolation as error:
        raise BackupError(
            f"{error.diag.table_name} names rows of {_missing(error)} that this database lacks; on Supabase, bring the "
            "users of its auth schema over first"
        ) from error
    except psycopg.errors.LockNotAvailable as error:
        raise BackupError("the database is in use: stop serve and worker first") from error
    except psycopg.Error as error:
        # Its details quote the row: what somebody said, and their number.
        raise BackupError(
            f"the database failed: {error.diag.message_primary or type(error).__name__}"
        ) from error


def _missing(error: psycopg.Error) -> str:
    found = re.search(r'in table "(\w+)"', error.diag.message_detail or "")
    return found[1] if found else "another table"


def our_tables(connection: Connection) -> list[Table]:
    """Return our tables as they are in this database."""
    names = our_table_names(with_auth=not is_supabase(connection))
    rows = connection.execute(
        """select n.nspname || '.' || c.relname,
                  array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = '')
             from pg_class c
             join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relkind = 'r' and n.nspname || '.' || c.relname = any (%s)
            group by n.nspname, c.relname
            order by 1""",
        [names],
    ).fetchall()
    return [Table(name, tuple(columns)) for name, columns in rows]


def used_tables(connection: Connection, tables: Sequence[Table]) -> list[str]:
    """Name those that hold what a fresh database does not."""
    ignored = names_filled_by_migrations()
    return [
        table.name
        for table in tables
        if table.name not in ignored and not table.name.startswith("jobs.")
        if connection.execute(sql.SQL("select from {} limit 1").format(table.identifier)).rowcount
    ]


def migrations_of(connection: Connection) -> dict[str, str]:
    """Return the migrations that this database has had, with their checksums."""
    row = connection.execute("select to_regclass('voicebot_meta.migrations') is not null").fetchone()
    if not row or not row[0]:
        raise BackupError("there is nothing to back up: this database was never migrated")
    return dict(
        connection.execute("select name, checksum from voicebot_meta.migrations order by 1").fetchall()
    )


def begin_snapshot(connection: Connection) -> None:
    """From here on the connection sees one moment, whatever others write. Raises BackupError unless it sees every row."""
    connection.execute("set transaction isolation level repeatable read, read only")
    # Row level security would leave rows out without a word. Whoever acts as service_role is let through everywhere.
    row = connection.execute(
        """select (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)
                  or (to_regrole('service_role') is not null and pg_has_role(current_user, 'service_role', 'usage'))"""
    ).fetchone()
    if not row or not row[0]:
        raise BackupError(
            "this user does not see every row: SUPABASE_DB_URL has to name the database's owner"
        )


def dump(
    connection: Connection, tables: Sequence[Table], writer: ArchiveWriter, progress: Progress
) -> dict[str, Any]:
    """Copy the tables into the backup; return rows by table, sequences and bytes."""
    sizes = _sizes(connection, tables)
    whole, done, copied = sum(sizes.values()), 0, 0
    rows: dict[str, int] = {}
    for table in tables:
        progress(table.name, done, whole)
        rows[table.name], length = _dump_table(
            connection, table, writer, lambda size, table=table, done=done: progress(  # type: ignore[misc]
                table.name, done + min(size, sizes[table.name]), whole
            ),
        )  # fmt: skip
        done, copied = done + sizes[table.name], copied + length
    return {"rows": rows, "bytes": copied, "sequences": _sequences(connection, tables)}


def _dump_table(
    connection: Connection, table: Table, writer: ArchiveWriter, tell: Callable[[int], None]
) -> tuple[int, int]:
    query = sql.SQL("copy (select {} from {}) to stdout").format(table.column_list, table.identifier)
    waiting, number, length = bytearray(), 0, 0
    with connection.cursor() as cursor:
        with cursor.copy(query) as copy:
            for data in copy:
                waiting += data
                if len(waiting) >= PIECE_BYTES:
                    length, number = length + len(waiting), number + 1
                    writer.add(f"{TABLES}{table.name}/{number:08}", bytes(waiting))
                    waiting.clear()
                    tell(length)
        if waiting:
            writer.add(f"{TABLES}{table.name}/{number + 1:08}", bytes(waiting))
        return cursor.rowcount, length + len(waiting)


def _sizes(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """Return the bytes of each table by its name."""
    names = [table.name for table in tables]
    return dict(
        connection.execute(
            "select name, pg_table_size(name::regclass) from unnest(%s::text[]) name", [names]
        ).fetchall()
    )


def _sequences(connection: Connection, tables: Sequence[Table]) -> dict[str, list[Any]]:
    """Return the counters behind our tables' columns. They move outside of transactions: never behind the rows."""
    found: dict[str, list[Any]] = {}
    for name, column, sequence in owned_sequences(connection, tables):
        row = connection.execute(
            sql.SQL("select last_value, is_called from {}").format(_quoted(sequence))
        ).fetchone()
        if row:
            found[f"{name}.{column}"] = list(row)
    return found


def owned_sequences(connection: Connection, tables: Sequence[Table]) -> list[tuple[str, str, str]]:
    """Return table, column and sequence of every column that counts."""
    pairs = [(table.name, column) for table in tables for column in table.columns]
    return connection.execute(
        """select name, col, seq
             from unnest(%s::text[], %s::text[]) as a (name, col), pg_get_serial_sequence(name, col) as seq
            where seq is not null""",
        [[name for name, _ in pairs], [column for _, column in pairs]],
    ).fetchall()


def _quoted(name: str) -> sql.Identifier:
    return sql.Identifier(*(part.strip('"') for part in name.split(".")))
