"""Call a function over libpq itself, with one prepared statement for each function and connection.

psycopg's cursor works out for every call how to adapt each value and read each column. Our calls need neither: a
function has one overload, so the server knows the types of its parameters, and it returns one jsonb value.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from voicebot.storage.database.clean import clean, clean_text

Json = Any
# A statement of these classes was made for a function that is another one by now.
CHANGED = ("0A", "26", "42")


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that remembers which calls it has prepared."""

    prepared: dict[bytes, bytes]
    """The name of each statement, by its text."""
    named: int
    """How many names were given: none is given twice."""


def call(connection: Connection, query: bytes, values: Sequence[bytes | None]) -> Json:
    """Return what the function answers. Raises psycopg.Error."""
    try:
        result = connection.wait(_call(connection, query, values))
    except psycopg.Error as error:
        if (error.sqlstate or "")[:2] in CHANGED:
            connection.prepared.pop(query, None)
        raise
    answer = result.get_value(0, 0)
    return None if answer is None else orjson.loads(answer)


def _call(connection: Connection, query: bytes, values: Sequence[bytes | None]) -> PQGen[PGresult]:
    pgconn = connection.pgconn
    name = connection.prepared.get(query)
    if name is None:
        connection.named += 1
        name = b"call_%d" % connection.named
        pgconn.send_prepare(name, query)
        yield from _result(pgconn, ExecStatus.COMMAND_OK)
        connection.prepared[query] = name
    pgconn.send_query_prepared(name, values)
    return (yield from _result(pgconn, ExecStatus.TUPLES_OK))


def _result(pgconn: PGconn, wanted: ExecStatus) -> PQGen[PGresult]:
    result: PGresult = (yield from generators.execute(pgconn))[-1]
    if result.status != wanted:
        raise error_from_result(result)
    return result


def as_text(value: Any) -> bytes | None:
    """Return a parameter as Postgres reads it from text; a dict or list becomes JSON."""
    match value:
        case None:
            return None
        case str():
            return clean_text(value).encode()
        case bool():
            return b"t" if value else b"f"
        case dict() | list():
            return _json_text(value)
        case float():
            kept = clean(value)
            return None if kept is None else repr(kept).encode()
        case datetime():
            return _moment_text(value)
        case int() | UUID():
            return str(value).encode()
    raise TypeError(f"no parameter of a function can be a {type(value).__name__}")


def _moment_text(moment: datetime) -> bytes:
    """Postgres has no zones of sixteen hours or more, and Python no years 0 and 10000: such moments lose their zone."""
    if moment.tzinfo not in (None, UTC):
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            moment = moment.replace(tzinfo=UTC)
    return str(moment).encode()


def _json_text(value: Any) -> bytes:
    """Serialise once; only what orjson refuses, or what holds a NUL, is worth the walk through every value."""
    try:
        text = orjson.dumps(value)
    except TypeError:
        return orjson.dumps(clean(value))
    return orjson.dumps(clean(value)) if b"\\u0000" in text else text
