"""Everybody's rows, made once for a module of tests, each of which has them in a savepoint that is taken back."""

from collections.abc import Iterator

import pytest

from tests.sql.access.access_actors import Connection
from tests.sql.access.access_rows import Known, seed
from tests.support.machines.lent_databases import Lent


@pytest.fixture(scope="module")
def seeded(lent: Lent) -> Iterator[tuple[Connection, Known]]:
    """The rows, in a transaction that is never committed."""
    connection = lent.owner()
    with connection.transaction(force_rollback=True):
        yield connection, seed(connection)
    lent.owners.append(connection)


@pytest.fixture
def owner(seeded: tuple[Connection, Known]) -> Iterator[Connection]:
    """The connection that sees the rows."""
    connection, _ = seeded
    with connection.transaction(force_rollback=True):
        yield connection


@pytest.fixture
def known(seeded: tuple[Connection, Known]) -> Known:
    """Where the rows stand."""
    return seeded[1]
