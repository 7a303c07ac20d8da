"""What every test may ask for: a database of its own, made from one migrated template, and no network."""

import logging
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from tests.house import House
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.embedded import server as embedded
from voicebot.storage.migrate.apply import migrate

MEMORY, DISK = Path("/dev/shm"), Path("/var/tmp")
ROOMY = 2 * 1024**3
PREFIX = "voicebot-test-"

# What decides about a change tries the same examples every time; a developer's runs go on looking for new ones.
# How long an example takes is the neighbours' affair on a busy machine.
hypothesis_settings.register_profile("default", deadline=None)
hypothesis_settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis_settings.load_profile("default")
if os.environ.get("CI"):
    hypothesis_settings.load_profile("ci")


@dataclass(frozen=True)
class Server:
    """An embedded server that lives as long as the test run."""

    data_dir: Path

    def dsn(self, database: str = "postgres") -> str:
        return embedded.dsn(self.data_dir, database)

    @property
    def socket_folder(self) -> str:
        return psycopg.conninfo.conninfo_to_dict(self.dsn())["host"]

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database; return its address."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            words = sql.SQL("create database {} template {} strategy file_copy")
            connection.execute(words.format(sql.Identifier(name), sql.Identifier(template)))
        return self.dsn(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """No test reaches a real provider by mistake: only unix sockets and this machine can be connected to."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if not (host in ("localhost", "::1") or str(host).startswith("127.")):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what is measured in real time over many processes a second try: other programs share these cores."""
    for item in items:
        measured = item.get_closest_marker("chaos") or item.get_closest_marker("browser")
        if measured and not item.get_closest_marker("flaky"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo what a test did to logging: levels are the process's, and the next test counts on them."""
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers()]
    yield
    for logger in loggers():
        logger.setLevel(logging.NOTSET)
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate


def loggers() -> list[logging.Logger]:
    """Every logger of this process that anybody has asked for, the root first."""
    made = logging.Logger.manager.loggerDict.values()
    return [logging.getLogger(), *(logger for logger in made if isinstance(logger, logging.Logger))]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server for this run; as root its folder must lie where another account may enter."""
    remove_leftovers()
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOMY
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=MEMORY if roomy else DISK))
    folder.chmod(0o755)
    embedded.ensure_running(folder, durable=False)
    yield Server(folder)
    remove(folder)


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """The name of a database that has every migration and function; copy it, do not use it."""
    name = "voicebot_template"
    migrate(server.create(name), echo=lambda _line: None)
    return name


@pytest.fixture(scope="module")
def dsn(server: Server, template: str) -> Iterator[str]:
    """The owner's address of a fresh, migrated database for one module of tests."""
    name = f"test_{uuid.uuid4().hex}"
    yield server.create(name, template)
    server.drop(name)


@pytest.fixture(scope="module")
def database(dsn: str) -> Iterator[PostgresDatabase]:
    """The port as the product uses it: a pool of connections that act as service_role."""
    opened = PostgresDatabase(dsn, min_size=1, max_size=4)
    yield opened
    opened.close()


@pytest.fixture
def owner(dsn: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection that may do anything, each statement a transaction: for arranging and looking."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def running_house(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two web processes and a simulator for all tests that want some: each leaves it as it was."""
    # Imported here: most tests need nothing of it.
    from tests.house import open_house

    name = f"test_{uuid.uuid4().hex}"
    # Who picks up is the template's to say, so that a test can have nobody do it.
    nobody = {"OPERATOR_PHONE_NUMBER": ""}
    folder, dsn = tmp_path_factory.mktemp("house"), server.create(name, template)
    with open_house(folder, dsn, settings=nobody) as house:
        yield house
    server.drop(name)


def remove(folder: Path) -> None:
    """Stop the server of a scratch folder and delete it."""
    embedded.stop(folder, mode="immediate")
    shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Remove what test runs that were killed left behind: their process is gone, their server is not."""
    for folder in [*MEMORY.glob(f"{PREFIX}*"), *DISK.glob(f"{PREFIX}*")]:
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)) and folder.stat().st_uid == os.geteuid():
            remove(folder)
