"""Try every verb on every row of a table as everybody, and report what came through."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg

from tests.sql.access.access_actors import ACTORS, PEOPLE, Actor, Connection, become
from tests.sql.access.access_cells import VERBS
from tests.sql.access.access_rows import SEEDS, Known, Row, insert, primary_key

NAMES = {key: name for name, key in PEOPLE.items()}
OWNERS = ("user_id", "created_by")
Seen = dict[tuple[str, str], frozenset[str]]


def tables(connection: Connection) -> list[str]:
    """Name all tables of schema public."""
    rows = connection.execute(
        """select relname from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname"""
    )
    return [name for (name,) in rows.fetchall()]


def observed(connection: Connection, table: str, known: Known) -> Seen:
    """Return what everybody got: (actor, verb) -> labels of the rows; only where there were any."""
    return {cell: labels for cell, labels in _cells(connection, table, known) if labels}


def differs(
    connection: Connection,
    table: str,
    known: Known,
    declared: Seen,
    *,
    first: Callable[[Actor, str], bool] = lambda *_: True,
) -> bool:
    """Whether anybody gets something else than what is declared; nothing is tried after the first who does.

    `first` says which actors and verbs are tried before the others.
    """
    cells = _cells(connection, table, known, first)
    return any(labels != declared.get(cell, frozenset()) for cell, labels in cells)


def _cells(
    connection: Connection, table: str, known: Known, first: Callable[[Actor, str], bool] = lambda *_: True
) -> Iterator[tuple[tuple[str, str], frozenset[str]]]:
    trial = Trial(connection, table, known)
    cells = [(actor, verb) for actor in ACTORS for verb in VERBS]
    for actor, verb in sorted(cells, key=lambda cell: not first(*cell)):
        yield (actor.name, verb), trial.run(actor, verb)


def owner_of(row: Row, label: str) -> str:
    """Name whose row it is; in tables that belong to nobody its label."""
    owner = next((str(row[name]) for name in OWNERS if row.get(name)), None)
    return NAMES[owner] if owner else label


def insertable(table: str, known: Known) -> set[str]:
    """What somebody who may insert everything gets from `Trial.insert`."""
    return {owner_of(make(known), label) for label, make in SEEDS[table].items()}


class Trial:
    """One table's rows, and the four ways to touch them. Each try is rolled back."""

    def __init__(self, connection: Connection, table: str, known: Known) -> None:
        self._connection, self._table, self._known = connection, table, known
        self._key = primary_key(connection, table)
        self._where = " and ".join(f'"{name}" = %s' for name in self._key)
        self._columns = self._all_columns()
        self._grants: dict[tuple[str, str], list[str]] = {}

    def run(self, actor: Actor, verb: str) -> frozenset[str]:
        """Return the labels of the rows on which `actor` could do `verb`."""
        return frozenset(getattr(self, verb)(actor))

    def select(self, actor: Actor) -> set[str]:
        """All that is visible; a row that nobody seeded shows up under its key."""
        labels = self._known.labels(self._table)
        columns = ", ".join(f'"{name}"' for name in self._key)
        rows = self._try(actor, lambda: self._rows(f"select {columns} from public.{self._table}", []))
        return {labels.get(key, str(key)) for key in rows or ()}

    def update(self, actor: Actor) -> set[str]:
        """Rows that a write reaches through any column that the role may write."""
        column = (self._granted(actor, "UPDATE") or self._key)[0]
        return self._rows_reached(actor, f'update public.{self._table} set "{column}" = "{column}"')

    def delete(self, actor: Actor) -> set[str]:
        """Rows that a deletion reaches; one that only a foreign key stops was reached."""
        return self._rows_reached(actor, f"delete from public.{self._table}")

    def insert(self, actor: Actor) -> set[str]:
        """Whose rows can be made; a new row that only a constraint stops was let in."""
        made = set()
        for label, make in SEEDS[self._table].items():
            row = make(self._known)
            granted = self._granted(actor, "INSERT")
            # Without any grant the whole row is tried, and refused.
            sent = {name: value for name, value in row.items() if name in granted} or row
            whose = self._try(actor, partial(self._insert, sent), stopped=owner_of(row, label))
            made |= {whose or label} if whose is not None else set()
        return made

    def _insert(self, row: Row) -> str:
        owner = next((name for name in OWNERS if name in self._columns), None)
        if owner is None or owner in row:
            insert(self._connection, self._table, row, [])
            return owner_of(row, "")
        # The database filled in whose it is.
        return NAMES[str(insert(self._connection, self._table, row, [owner])[0])]

    def _rows_reached(self, actor: Actor, words: str) -> set[str]:
        reached = set()
        for key, label in self._known.labels(self._table).items():
            count = self._try(actor, partial(self._count, f"{words} where {self._where}", key), stopped=1)
            reached |= {label} if count else set()
        return reached

    def _count(self, words: str, values: tuple[Any, ...]) -> int:
        return self._connection.execute(words, values).rowcount

    def _rows(self, words: str, values: list[Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(words, values).fetchall()

    def _try(self, actor: Actor, act: Callable[[], Any], *, stopped: Any = None) -> Any:
        """Run `act` as `actor`; None when it was refused, `stopped` when only a constraint was in the way."""
        try:
            with self._connection.transaction(force_rollback=True):
                become(self._connection, actor)
                return act()
        except psycopg.errors.InsufficientPrivilege:
            return None
        except psycopg.IntegrityError:
            return stopped

    def _all_columns(self) -> list[str]:
        rows = self._rows(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            [f"public.{self._table}"],
        )
        return [name for (name,) in rows]

    def _granted(self, actor: Actor, privilege: str) -> list[str]:
        if (actor.role, privilege) not in self._grants:
            self._grants[actor.role, privilege] = self._columns_granted(actor.role, privilege)
        return self._grants[actor.role, privilege]

    def _columns_granted(self, role: str, privilege: str) -> list[str]:
        rows = self._rows(
            """select attname from pg_attribute
                where attrelid = %(table)s::regclass and attnum > 0 and not attisdropped
                  and attidentity = '' and attgenerated = ''
                  and has_column_privilege(%(role)s, attrelid, attnum, %(privilege)s)""",
            {"table": f"public.{self._table}", "role": role, "privilege": privilege},
        )
        return [name for (name,) in rows]
