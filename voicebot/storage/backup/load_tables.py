"""Fill our tables from a backup, all in one transaction.

Works for an owner who is no superuser: triggers rest, references wait until the end, and forced row level security is
lifted, all within the transaction that fills the tables.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from psycopg import sql

from voicebot.storage.backup.archive import TABLES, Archive, BackupError
from voicebot.storage.backup.tables import Connection, Progress, Table, our_tables, owned_sequences
from voicebot.storage.migrate.apply import is_supabase


def load(connection: Connection, archive: Archive, progress: Progress) -> dict[str, int]:
    """Empty our tables and fill them from the backup, in the transaction that is open; return rows by table."""
    here = {table.name: table for table in our_tables(connection)}
    wanted = [Table(str(name), tuple(columns)) for name, columns in archive.manifest["tables"]]
    if is_supabase(connection):
        # Supabase keeps the users itself.
        wanted = [table for table in wanted if not table.name.startswith("auth.")]
    for table in wanted:
        if table.name not in here or set(table.columns) - set(here[table.name].columns):
            raise BackupError(f"{table.name} is another table in this version: nothing was restored")
    everything = sql.SQL(", ").join(table.identifier for table in here.values())
    connection.execute(sql.SQL("truncate {}").format(everything))
    with _at_rest(connection, list(here.values())):
        rows = _load_tables(connection, {table.name: table for table in wanted}, archive, progress)
        for table in wanted:
            if rows[table.name] != archive.manifest["rows"][table.name]:
                raise BackupError(f"{table.name} did not take all its rows: nothing was restored")
        _set_sequences(connection, wanted, archive.manifest["sequences"])
    return rows


def _load_tables(
    connection: Connection, wanted: Mapping[str, Table], archive: Archive, progress: Progress
) -> dict[str, int]:
    done, whole = 0, int(archive.manifest["bytes"])
    rows = dict.fromkeys(wanted, 0)
    pieces = _by_table(archive)
    for name, contents in pieces:
        if name not in wanted:
            for content in contents:
                done += len(content)
            continue
        words = sql.SQL("copy {} ({}) from stdin").format(wanted[name].identifier, wanted[name].column_list)
        with connection.cursor() as cursor:
            with cursor.copy(words) as copy:
                for content in contents:
                    progress(name, done, whole)
                    copy.write(content)
                    done += len(content)
            rows[name] = cursor.rowcount
    return rows


def _by_table(archive: Archive) -> Iterator[tuple[str, Iterator[bytes]]]:
    members = archive.members(TABLES)
    for name, group in groupby(members, key=lambda member: member[0].split("/")[1]):
        yield name, (content for _, content in group)


def _set_sequences(
    connection: Connection, tables: Sequence[Table], kept: Mapping[str, Sequence[Any]]
) -> None:
    for name, column, sequence in owned_sequences(connection, tables):
        if f"{name}.{column}" in kept:
            last, is_called = kept[f"{name}.{column}"]
            connection.execute("select setval(%s::regclass, %s, %s)", [sequence, int(last), bool(is_called)])


@contextmanager
def _at_rest(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Let triggers rest and references wait; afterwards everything is as before, and every reference was checked."""
    names = [table.name for table in tables]
    references = [
        (sql.Identifier(*table.split(".")), sql.Identifier(constraint))
        for table, constraint in connection.execute(
            """select n.nspname || '.' || c.relname, k.conname
                 from pg_constraint k
                 join pg_class c on c.oid = k.conrelid
                 join pg_namespace n on n.oid = c.relnamespace
                where k.contype = 'f' and not k.condeferrable and k.conrelid = any (%s::text[]::regclass[])
                  and k.confrelid = any (%s::text[]::regclass[])""",
            [names, names],
        ).fetchall()
    ]
    triggers = [
        (sql.Identifier(*table.split(".")), sql.Identifier(trigger))
        for table, trigger in connection.execute(
            """select n.nspname || '.' || c.relname, t.tgname
                 from pg_trigger t
                 join pg_class c on c.oid = t.tgrelid
                 join pg_namespace n on n.oid = c.relnamespace
                where not t.tgisinternal and t.tgenabled = 'O' and t.tgrelid = any (%s::text[]::regclass[])""",
            [names],
        ).fetchall()
    ]
    forced = [
        sql.Identifier(*table.split("."))
        for (table,) in connection.execute(
            """select n.nspname || '.' || c.relname
                 from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relforcerowsecurity and c.oid = any (%s::text[]::regclass[])""",
            [names],
        ).fetchall()
    ]
    _each(connection, "alter table {} alter constraint {} deferrable initially deferred", references)
    _each(connection, "alter table {} disable trigger {}", triggers)
    _each(connection, "alter table {} no force row level security", [(table,) for table in forced])
    yield
    connection.execute("set constraints all immediate")
    _each(connection, "alter table {} force row level security", [(table,) for table in forced])
    _each(connection, "alter table {} enable trigger {}", triggers)
    _each(connection, "alter table {} alter constraint {} not deferrable", references)


def _each(connection: Connection, words: str, names: Sequence[tuple[sql.Identifier, ...]]) -> None:
    for one in names:
        connection.execute(sql.SQL(words).format(*one))
