"""Both transports over databases that hold the functions of the contract: fixtures, for conftest modules to take."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.support.contract_sql import FUNCTIONS
from tests.support.lite_server import SupabaseLite
from voicebot.storage.database import PostgresDatabase


@pytest.fixture(scope="session")
def contract_dsn(server, template) -> str:
    """A migrated database with the functions of the contract."""
    dsn = server.create(f"contract_{uuid.uuid4().hex}", template)
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute(FUNCTIONS)
    return dsn


@pytest.fixture(scope="session")
def one_lite(server, template, tmp_path_factory) -> Iterator[SupabaseLite]:
    """Supabase's local server over a database of its own, started once."""
    name = f"lite_{uuid.uuid4().hex}"
    with psycopg.connect(server.create(name, template), autocommit=True) as owner:
        owner.execute(FUNCTIONS)
    running = SupabaseLite(server.socket_folder, name, tmp_path_factory.mktemp("lite"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def lite(one_lite) -> SupabaseLite:
    """Supabase's local server, which answers: what ended it in the test before is no affair of this one."""
    one_lite.revive()
    return one_lite


@pytest.fixture
def postgres(contract_dsn) -> Iterator[PostgresDatabase]:
    """The Postgres transport over the contract's database."""
    database = PostgresDatabase(contract_dsn, max_size=4)
    yield database
    database.close()
