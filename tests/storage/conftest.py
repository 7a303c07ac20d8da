"""What tests of the storage share: the contract of both transports, and what migrations are tried on."""

import uuid

import pytest

from tests.support.machines.contract import contract_dsn, lite, one_lite, postgres
from voicebot.storage.migrate.apply import SQL_FOLDER

__all__ = ["contract_dsn", "lite", "one_lite", "postgres"]


@pytest.fixture
def empty(server):
    """A database that has nothing yet."""
    name = f"empty_{uuid.uuid4().hex}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def folder(tmp_path):
    """A folder with one migration and one function."""
    for name in ("local", "migrations", "functions"):
        (tmp_path / name).mkdir()
    (tmp_path / "local" / "0001_roles.sql").write_text((SQL_FOLDER / "local" / "0001_roles.sql").read_text())
    (tmp_path / "migrations" / "0001_first.sql").write_text("create table public.first (n int);")
    (tmp_path / "functions" / "one.sql").write_text(
        "drop function if exists public.one; create function public.one() returns int language sql return 1;"
    )
    return tmp_path
