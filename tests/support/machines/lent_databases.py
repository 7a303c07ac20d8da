"""Databases that modules of tests hand on, with the sessions that know their functions.

To make a database takes as long as twenty tests, and a new session plans each statement of each function anew.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import psycopg

from tests.support.servers import PATIENT_S, Server
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.database.port import DatabaseAway, DatabaseBug

Connection = psycopg.Connection[tuple[Any, ...]]

GROWN = 2 * 1024**2
"""Bytes that rows which are gone may leave behind in tables."""
_FIRST_OF_OURS = 16384
_CATALOGUES = (
    "pg_class", "pg_attribute", "pg_attrdef", "pg_proc", "pg_policy", "pg_trigger", "pg_constraint", "pg_index", "pg_rewrite",
    "pg_type", "pg_extension", "pg_default_acl", "pg_db_role_setting", "pg_statistic",
)  # fmt: skip
_OURS = {
    # Sessions come with temporary tables, and look at statistics of their own.
    "pg_class": " where relpersistence <> 't'",
    "pg_statistic": f" where starelid >= {_FIRST_OF_OURS}",
}
_STRANGERS = """
select count(pg_terminate_backend(pid, 1000)) from pg_stat_activity
 where datname = current_database() and backend_type = 'client backend' and pid <> all (%s)"""
_TABLES = """
select array_agg(oid::regclass::text) filter (where pg_relation_size(oid) > 0),
       sum(pg_relation_size(oid))::bigint,
       array_agg((oid, relpages, reltuples)::text order by oid)
  from pg_class where oid >= %s and relkind = 'r' and relpersistence <> 't'"""
_COUNTERS = """
select count(setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false))
  from pg_sequences where last_value is not null"""


class LentDatabase(PostgresDatabase):
    """One that a test hands on, unless it has closed it."""

    is_over = False

    def close(self) -> None:
        self.is_over = True
        super().close()


@dataclass
class Lent:
    """A migrated database that a module of tests has for itself; what is in the lists is nobody's just now."""

    name: str
    dsn: str
    ports: list[LentDatabase] = field(default_factory=list)
    owners: list[Connection] = field(default_factory=list)
    made_of: Any = None
    """What the migrations made of it: all but its rows."""

    def port(self) -> LentDatabase:
        """The port as the product uses it: a pool of connections that act as service_role."""
        return (
            self.ports.pop()
            if self.ports
            else LentDatabase(self.dsn, min_size=1, max_size=8, pool_wait_s=PATIENT_S)
        )

    def take_back(self, port: LentDatabase) -> None:
        """Hand a port on that still reaches the database."""
        if port.health.away:
            port.close()
        if not port.is_over:
            self.ports.append(port)

    def owner(self) -> Connection:
        """A connection that may do anything."""
        return self.owners.pop() if self.owners else psycopg.connect(self.dsn, autocommit=True)


class Lender:
    """Lends databases of one server. What comes back with other rows is emptied; with other changes it is dropped."""

    def __init__(self, server: Server, template: str) -> None:
        self._server, self._template = server, template
        self._idle: list[Lent] = []
        self._seeds: dict[str, bytes] = {}
        self._size = 0

    def lend(self) -> Lent:
        """Return a database as the migrations leave it."""
        if self._idle:
            return self._idle.pop()
        name = f"test_{uuid4().hex}"
        made = Lent(name, self._server.create(name, self._template))
        made.owners.append(made.owner())
        made.made_of, tables, size = self._look(made.owners[0])
        if not self._seeds:
            self._size = size
            for table in tables:
                with made.owners[0].cursor().copy(f"copy {table} to stdout") as rows:
                    self._seeds[table] = b"".join(bytes(each) for each in rows)
        return made

    def take_back(self, lent: Lent) -> None:
        """Have nothing of the module left in it."""
        try:
            if self._emptied(lent):
                self._idle.append(lent)
                return
        except (psycopg.Error, DatabaseAway, DatabaseBug):
            # A lock that somebody holds, a table that is gone: the next module gets another one.
            pass
        self._end(lent)

    def close(self) -> None:
        """Drop what is there."""
        for lent in self._idle:
            self._end(lent)

    def _look(self, owner: Connection) -> tuple[Any, list[str], int]:
        """Return what there is but rows, and which tables have had rows, of how many bytes in all."""
        words = ", ".join(
            f"(select (count(*), sum(xmin::text::bigint))::text from {each}{_OURS.get(each, '')})"
            for each in _CATALOGUES
        )
        catalogues = owner.execute("select " + words).fetchone()
        found = owner.execute(_TABLES, [_FIRST_OF_OURS]).fetchone()
        assert found is not None
        tables, size, statistics = found
        return (catalogues, statistics), tables, size

    def _emptied(self, lent: Lent) -> bool:
        owner = lent.owner()
        lent.owners.append(owner)
        owner.execute(_STRANGERS, [_sessions(lent)])
        made_of, tables, size = self._look(owner)
        if made_of != lent.made_of or size > self._size + GROWN:
            return False
        with owner.transaction():
            owner.execute("set local session_replication_role = replica; set local lock_timeout = '1s'")
            owner.execute("; ".join(f"delete from {table}" for table in tables))
            for table, rows in self._seeds.items():
                with owner.cursor().copy(f"copy {table} from stdin") as copy:
                    copy.write(rows)
            owner.execute(_COUNTERS)
        return True

    def _end(self, lent: Lent) -> None:
        for each in (*lent.ports, *lent.owners):
            each.close()
        self._server.drop(lent.name)


def _sessions(lent: Lent) -> list[int]:
    """Return the server's processes that stay; a port of which somebody still holds a session is closed."""
    for port in lent.ports[:]:
        if len(port._pool._pool) != port._pool.get_stats()["pool_size"]:
            lent.ports.remove(port)
            port.close()
    idle = [session for port in lent.ports for session in list(port._pool._pool)]
    return [session.info.backend_pid for session in (*lent.owners, *idle)]
