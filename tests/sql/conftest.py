"""What tests of SQL functions share: texting on a database that nobody has texted to yet."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.sql.texts.texting import Texting
from tests.sql.upkeep.installation import Installation, fill
from tests.support.servers import Server


@pytest.fixture
def texting(database, owner) -> Texting:
    kit = Texting(database, owner)
    kit.empty()
    return kit


@pytest.fixture
def empty(server: Server, tmp_path: Path) -> Iterator[Installation]:
    """Where nothing was ever migrated, nor any secret made."""
    name = f"test_{uuid4().hex}"
    yield Installation(server.create(name), tmp_path / "another" / "data")
    server.drop(name)


@pytest.fixture
def house(server: Server, template: str, tmp_path: Path) -> Iterator[Installation]:
    """A house in use: every table has rows, a code waits to be entered, a fact waits in the spool."""
    name = f"test_{uuid4().hex}"
    made = Installation(server.create(name, template), tmp_path / "data")
    fill(made)
    yield made
    server.drop(name)
