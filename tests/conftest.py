"""What every test may ask for: a database of its own, made from one migrated template, and no network."""

import gc
import importlib
import logging
import os
import re
import socket
import uuid
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.house import House
from tests.support.examples import load_profile
from tests.support.machines.lent_databases import Lender, Lent
from tests.support.runs.by_house import ByHouse, place_of
from tests.support.runs.slowest import lines_about_the_slowest, seconds_by_test
from tests.support.servers import (
    MIGRATED,
    Server,
    migrated_server,
    place,
    remove_leftovers,
    remove_migrated_folder,
)
from voicebot.storage.database import PostgresDatabase

load_profile()


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


def pytest_configure() -> None:
    """Keep the folders of tests in memory: what is written durably waits for a disk, and nearly every runtime writes so."""
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place()))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect without looking for garbage, and never look at what was collected: it stays, and is large."""
    gc.disable()
    try:
        load_from_a_place_of_its_own(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def load_from_a_place_of_its_own(config: pytest.Config) -> None:
    """Have each worker load the tests from another place on: what one has rewritten, the others find rewritten.

    To rewrite what tests assert takes as long as to load them. All workers collect in the same order, and in a new clone each
    would rewrite the same file at the same time as the others.
    """
    worker = getattr(config, "workerinput", None)
    folders = [Path(argument) for argument in config.args]
    if worker is None or not all(folder.is_dir() for folder in folders):
        return
    files = sorted(file for folder in folders for file in folder.resolve().rglob("test_*.py"))
    begin = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for file in files[begin:] + files[:begin]:
        # Whatever is wrong with a file is said when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(file.relative_to(config.rootpath).with_suffix("").parts))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a house on one worker where a run goes by groups."""
    return ByHouse(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what is measured in real time over many processes a second try, as other programs share these cores.

    What takes long comes first.
    """
    items.sort(key=lambda item: (item.get_closest_marker("long") is None, place_of(item.nodeid)))
    for item in items:
        measured = item.get_closest_marker("chaos") or item.get_closest_marker("browser")
        if measured and not item.get_closest_marker("flaky"):
            item.add_marker(pytest.mark.flaky(reruns=1))


PLACE = re.compile(r"\S+\.py:\d+: ")
"""How pytest writes where an error passed through."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say when a few tests take most of the time."""
    reports = [
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
    ]
    if lines := lines_about_the_slowest(seconds_by_test(reports)):
        terminalreporter.section("a few tests take most of the time")
        for line in lines:
            terminalreporter.line(line)
    # What passed at its second try is said with what the first one met.
    for report in terminalreporter.stats.get("rerun", ()):
        met = report.longreprtext.strip().splitlines()
        said = [line for line in met if line.startswith("E ")]
        passed_through = [line for line in met if PLACE.match(line)]
        said = [*said[:4], *said[4:][-8:], *passed_through]
        terminalreporter.section(f"tried again: {report.nodeid}")
        for line in said or ["nothing was said"]:
            terminalreporter.line(line)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo what a test did to logging: levels are the process's, and the next test counts on them."""
    before = {logger: (logger.level, logger.handlers[:], logger.propagate) for logger in loggers()}
    yield
    for logger in loggers():
        level, handlers, propagate = before.get(logger, (logging.NOTSET, logger.handlers, logger.propagate))
        # To set a level empties a cache of every logger there is.
        if logger.level != level:
            logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate


def loggers() -> list[logging.Logger]:
    """Every logger of this process that anybody has asked for, the root first."""
    made = logging.Logger.manager.loggerDict.values()
    return [logging.getLogger(), *(logger for logger in made if isinstance(logger, logging.Logger))]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server for this run, which is not durable: each module of tests has a database of its own on it."""
    remove_leftovers()
    with migrated_server() as running:
        yield running


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """The name of a database that has every migration and function; copy it, do not use it."""
    return MIGRATED


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A durable server of this module's own, migrated: others would not like what happens to it."""
    with migrated_server(durable=True) as running:
        yield running


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what the servers of the run were copied from, once all workers have ended."""
    if not hasattr(session.config, "workerinput"):
        remove_migrated_folder()


@pytest.fixture(scope="session")
def lender(server: Server, template: str) -> Iterator[Lender]:
    """Who lends databases to modules of tests."""
    lends = Lender(server, template)
    yield lends
    lends.close()


@pytest.fixture(scope="module")
def lent(lender: Lender) -> Iterator[Lent]:
    """A database as the migrations leave it, for one module of tests, and connections that its tests hand on."""
    borrowed = lender.lend()
    yield borrowed
    lender.take_back(borrowed)


@pytest.fixture(scope="module")
def dsn(lent: Lent) -> str:
    """The owner's address of a migrated database for one module of tests."""
    return lent.dsn


@pytest.fixture(scope="module")
def database(lent: Lent) -> Iterator[PostgresDatabase]:
    """The port as the product uses it: a pool of connections that act as service_role."""
    opened = lent.port()
    yield opened
    lent.take_back(opened)


@pytest.fixture
def owner(lent: Lent) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection that may do anything, each statement a transaction: for arranging and looking."""
    connection = lent.owner()
    yield connection
    # Whatever the test has set, or left open, is not the next one's.
    try:
        connection.rollback()
        connection.autocommit = True
        connection.execute(
            "reset session authorization; reset all; unlisten *; select pg_advisory_unlock_all(); discard temp"
        )
        lent.owners.append(connection)
    except psycopg.Error:
        connection.close()


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
