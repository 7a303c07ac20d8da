"""What tests of SQL functions share: texting on a database that nobody has texted to yet."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.conninfo import conninfo_to_dict

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
def unused(server: Server, template: str, tmp_path: Path) -> Iterator[Installation]:
    """Where everything was migrated, and nobody has been since."""
    name = f"test_{uuid4().hex}"
    yield Installation(server.create(name, template), tmp_path / "another" / "data")
    server.drop(name)


@pytest.fixture(scope="module")
def furnished(
    server: Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """What houses in use are copied from: nobody may change it, nor stay connected with it."""
    name = f"test_{uuid4().hex}"
    made = Installation(server.create(name, template), tmp_path_factory.mktemp("furnished") / "data")
    fill(made)
    yield made
    server.drop(name)


@pytest.fixture
def house(server: Server, furnished: Installation, tmp_path: Path) -> Iterator[Installation]:
    """A house in use: every table has rows, a code waits to be entered, a fact waits in the spool."""
    name = f"test_{uuid4().hex}"
    shutil.copytree(furnished.folder, tmp_path / "data")
    yield Installation(server.create(name, conninfo_to_dict(furnished.dsn)["dbname"]), tmp_path / "data")
    server.drop(name)
