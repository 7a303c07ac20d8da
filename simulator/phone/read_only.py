"""One connection to the product's database that only reads: it calls the service's own functions, as the service does."""

import threading
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_MS = 2000


class ReadOnly:
    """Calls SQL functions by name, one at a time; connects at the first call, and again after a failure."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None

    def call(self, function: str, **params: str | int) -> Any:
        """Return the function's JSON. Raises OSError, in words for the page, when it cannot be read now."""
        arguments = (
            sql.SQL("{} => {}").format(sql.Identifier(name), value) for name, value in params.items()
        )
        query = sql.SQL("select {}({})").format(
            sql.Identifier("public", function), sql.SQL(", ").join(arguments)
        )
        with self._lock:
            try:
                return self._ask(query)
            except psycopg.OperationalError as error:
                raise OSError("The database cannot be reached just now.") from error
            except psycopg.Error as error:
                raise OSError("The database knows no timeline: run `voicebot migrate` first.") from error

    def _ask(self, query: sql.Composed) -> Any:
        kept = self._connection is not None
        try:
            row = self._connected().execute(query).fetchone()
        except psycopg.OperationalError:
            self._forget()
            if not kept:
                raise
            # The server may have been started again since it was last asked.
            row = self._connected().execute(query).fetchone()
        return row[0] if row else None

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                # Behind a transaction pooler nothing outlives a transaction.
                prepare_threshold=None,
                options=f"-c role=service_role -c statement_timeout={READ_TIMEOUT_MS}"
                " -c default_transaction_read_only=on",
            )
        return self._connection

    def _forget(self) -> None:
        with suppress(psycopg.Error):
            if self._connection is not None:
                self._connection.close()
        self._connection = None
