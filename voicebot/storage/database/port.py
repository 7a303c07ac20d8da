"""What the program asks of a database, and the two ways in which a database fails the program."""

from typing import Any, Protocol

Json = Any


class DatabaseAway(Exception):
    """The database cannot be reached now (connection, timeout, shutdown, too many clients).

    Whether the function ran is unknown. Only this error sends a fact to the spool.
    """


class DatabaseBug(Exception):
    """The database refused our SQL (22*, 23*, 42*, …): a fault of ours, never an answer.

    The message names function, SQLSTATE and constraint, and never a value that was sent.
    """

    def __init__(self, function: str, sqlstate: str, detail: str = "") -> None:
        super().__init__(
            f"{function} failed with {sqlstate or 'no SQLSTATE'}{': ' if detail else ''}{detail}"
        )
        self.function, self.sqlstate = function, sqlstate


class NoSessionConnection(Exception):
    """The settings give no connection of our own that outlives a transaction; the message says what to set."""


class Database(Protocol):
    """Calls SQL functions of schema `public` by name; each is one transaction and answers jsonb."""

    def call(self, function: str, /, **params: Json) -> Json:
        """Return the function's JSON. Raises DatabaseAway or DatabaseBug.

        Values: str, int, float, bool, None, datetime, UUID; dict and list become jsonb.
        """
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
