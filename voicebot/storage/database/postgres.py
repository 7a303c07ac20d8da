"""The port over connections of our own: a pool of psycopg connections that act as service_role."""

import threading
import time
from collections import deque
from contextlib import suppress

import orjson
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_loads
from psycopg_pool import ConnectionPool

from voicebot.sockets.system_poll import has_input
from voicebot.storage.database import prepared
from voicebot.storage.database.deadlines import Deadlines
from voicebot.storage.database.failure import REPEATABLE, is_away, safe_detail
from voicebot.storage.database.health import Health
from voicebot.storage.database.port import DatabaseAway, DatabaseBug, Json
from voicebot.storage.database.prepared import Connection, as_text

CONNECT_TIMEOUT_S = 2
POOL_WAIT_S = 1.0
STATEMENT_TIMEOUT_S = 3.0
TRANSACTION_POOLER_PORT = "6543"
TRIES = 3
IDLE = psycopg.pq.TransactionStatus.IDLE
# A role's own settings do not come with `set role`.
SESSION_SETTINGS = {"lock_timeout": "2s", "idle_in_transaction_session_timeout": "5s"}
# Noticed within seconds when the other end vanishes without a word.
TCP = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 5000}


class _NewestFirst(deque[Connection]):
    """The pool's free connections, the latest one first. Used in rotation, every session of the server would have cold
    caches.
    """

    append = deque.appendleft


class _Pool(ConnectionPool[Connection]):
    """The library's pool, which asks itself many questions each time. What is free is taken and given back without them.

    As much of the library's insides as this reads is there in the version that is pinned.
    """

    def take(self) -> Connection:
        """Return a free connection that was not hung up on; `getconn` finds or opens one where there is none."""
        with self._lock:
            connection = self._pool.popleft() if self._pool else None
            self._nconns_min = min(self._nconns_min, len(self._pool))
        if connection is None:
            return self.getconn()
        connection._pool = self
        with suppress(psycopg.Error):
            if not has_input(connection.fileno()):
                return connection
        # The server says nothing between two calls but farewell. `getconn` looks closer, at this one first.
        self.putconn(connection)
        return self.getconn()

    def give_back(self, connection: Connection) -> None:
        """Let others have it; `putconn` does what is to be done for a connection that is broken, old, or waited for."""
        is_fine = connection.pgconn.transaction_status == IDLE and connection._expire_at > time.monotonic()
        with self._lock:
            if (
                is_fine
                and not self._waiting
                and not self._closed
                and connection._created_at > self._drained_at
            ):
                connection._pool = None
                self._pool.append(connection)
                return
        self.putconn(connection)


class PostgresDatabase:
    """Calls SQL functions over pooled connections; one round trip a call. Connects at the first call.

    Safe to share between threads, and between greenlets once gevent has patched. Not to be shared over a fork.
    """

    def __init__(
        self,
        dsn: str,
        *,
        role: str | None = "service_role",
        min_size: int = 1,
        max_size: int = 10,
        statement_timeout_s: float = STATEMENT_TIMEOUT_S,
        pool_wait_s: float = POOL_WAIT_S,
        health: Health | None = None,
    ) -> None:
        self._health = health or Health()
        self._queries: dict[tuple[str, ...], bytes] = {}
        timeout = {"statement_timeout": f"{round(statement_timeout_s * 1000)}ms"}
        self._settings = ({"role": role} if role else {}) | timeout | SESSION_SETTINGS
        # The server ends a slow statement; this ends a call whose server has stopped answering at all.
        self._deadlines = Deadlines(statement_timeout_s + 1.0)
        # Behind a transaction pooler nothing outlives a transaction: neither settings nor prepared statements.
        self._per_transaction = port_of(dsn) == TRANSACTION_POOLER_PORT
        self._opening = threading.Lock()
        self._pool = _Pool(
            dsn,
            connection_class=Connection,
            kwargs={
                "autocommit": True,
                "connect_timeout": CONNECT_TIMEOUT_S,
                "prepare_threshold": None,
                "cursor_factory": psycopg.RawCursor,
                "application_name": "voicebot",
                **TCP,
            },
            min_size=min_size,
            max_size=max_size,
            timeout=pool_wait_s,
            # Longer, and the pool would sleep in its own growing pauses while the database is back already.
            reconnect_timeout=1.0,
            configure=self._configure,
            check=self._check,
            open=False,
            name="voicebot",
        )
        # Inside the library, whose version is pinned.
        self._pool._pool = _NewestFirst()

    @property
    def health(self) -> Health:
        """Whether the database was there a moment ago."""
        return self._health

    def call(self, function: str, /, **params: Json) -> Json:
        """Return the function's JSON. Raises DatabaseAway or DatabaseBug."""
        query = self._query(function, *params)
        values = [as_text(value) for value in params.values()]
        self._health.admit()
        for tries_left in reversed(range(TRIES)):
            try:
                answer = self._run(query, values)
            except psycopg.Error as error:
                # The pool's error holds who waited, whose frame holds the error, and with it all that was called before.
                error.with_traceback(None)
                if not (tries_left and error.sqlstate in REPEATABLE):
                    # The server's message can quote what was sent: it must not reach a traceback.
                    raise self._translated(function, error) from None
            else:
                self._health.answered()
                return answer
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Give the connections back; later calls find the database away."""
        self._pool.close()
        self._deadlines.close()

    def _run(self, query: bytes, values: list[bytes | None]) -> Json:
        if self._pool.closed:
            self._open()
        # Not `with pool.connection()`: its commit is a fifth of a call's cost, and there is nothing to commit.
        connection = self._pool.take()
        self._deadlines.begin(connection)
        try:
            if self._per_transaction:
                return self._once(connection, query, values)
            return prepared.call(connection, query, values)
        finally:
            self._deadlines.end(connection)
            self._pool.give_back(connection)

    def _once(self, connection: Connection, query: bytes, values: list[bytes | None]) -> Json:
        # Statements of one pipeline are one transaction and one round trip.
        with connection.pipeline():
            connection.execute(self._local_settings(), list(self._settings.values()))
            row = connection.execute(
                query, [None if value is None else value.decode() for value in values]
            ).fetchone()
        return row[0] if row else None

    def _open(self) -> None:
        with self._opening:
            self._pool.open()

    def _query(self, function: str, *names: str) -> bytes:
        known = self._queries.get((function, *names))
        if known is None:
            arguments = [
                sql.SQL("{} => {}").format(sql.Identifier(name), sql.SQL(f"${place}"))
                for place, name in enumerate(names, 1)
            ]
            words = sql.SQL("select {}({})").format(
                sql.Identifier("public", function), sql.SQL(", ").join(arguments)
            )
            known = self._queries[(function, *names)] = words.as_bytes()
        return known

    def _local_settings(self) -> bytes:
        places = enumerate(self._settings, 1)
        return (
            "select " + ", ".join(f"set_config('{name}', ${place}, true)" for place, name in places)
        ).encode()

    def _configure(self, connection: Connection) -> None:
        connection.prepared, connection.named = {}, 0
        set_json_loads(orjson.loads, connection)
        if not self._per_transaction:
            chosen = self._local_settings().replace(b", true)", b", false)")
            connection.execute(chosen, list(self._settings.values()), prepare=False)

    def _check(self, connection: Connection) -> None:
        # No round trip: the server says nothing between two calls but that it hangs up.
        if not has_input(connection.fileno()):
            return
        try:
            # Twice: first the server's farewell, then the end of the stream behind it.
            connection.pgconn.consume_input()
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            # It hung up on the others too.
            self._pool.drain()
            raise

    def _translated(self, function: str, error: psycopg.Error) -> Exception:
        code = error.sqlstate or ""
        unreached = not code and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        # Whatever its code: a pooler that lost its server has some of its own.
        hung_up = error.diag.severity_nonlocalized in ("FATAL", "PANIC")
        if unreached or hung_up or is_away(code):
            self._health.failed()
            return DatabaseAway(f"{function}: {code or type(error).__name__}")
        self._health.answered()
        return DatabaseBug(function, code, safe_detail(code, error.diag.message_primary or ""))


def port_of(dsn: str) -> str:
    """Return the port that the address names, or an empty text."""
    return str(conninfo_to_dict(dsn).get("port") or "")
