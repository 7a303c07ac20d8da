"""Decide which failures mean that the database is away, from SQLSTATEs and PostgREST's codes alone."""

import re

AWAY_SQLSTATES = re.compile(
    r"08...|53...|57P0.|57014"
    # lock_timeout ran out: a timeout like 57014.
    r"|55P03"
    # It can be read only, as a standby or with its disk full; or its own disk fails it.
    r"|25006|58..."
)
# PostgREST could not connect, was refused, or waited too long for a connection of its pool.
AWAY_REST_CODES = frozenset({"PGRST000", "PGRST001", "PGRST002", "PGRST003"})
AWAY_HTTP_STATUSES = frozenset({502, 503, 504})
# The server rolled the transaction back and asks for it again: deadlock, serialization failure.
REPEATABLE = frozenset({"40P01", "40001"})
# Messages of these classes speak of names (columns, constraints, functions), not of values.
NAMING_CLASSES = ("23", "42", "PG")


def is_away(code: str) -> bool:
    """Tell whether a SQLSTATE or a PostgREST code says that the database is away."""
    return code in AWAY_REST_CODES or AWAY_SQLSTATES.fullmatch(code) is not None


def safe_detail(code: str, message: str) -> str:
    """Return as much of the server's message as cannot hold what a person said or a number."""
    return message.splitlines()[0] if message and code.startswith(NAMING_CLASSES) else ""
