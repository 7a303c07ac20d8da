"""A connection whose other end has vanished without a word is given up within seconds, and the next one works."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.support.waiting import wait_for
from voicebot.storage.database import DatabaseAway, PostgresDatabase, hints
from voicebot.worker.jobs import job_app

pytestmark = pytest.mark.sql


@dataclass
class BlackHole:
    """A way to the server over TCP; while `silent`, what is sent either way disappears and nobody hangs up.

    With a `farewell`, that is what the next words to the server are answered with, by whoever stands in between.
    """

    server: str
    farewell: bytes = b""
    silent: threading.Event = field(default_factory=threading.Event)
    door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    wires: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])

    def open(self) -> None:
        threading.Thread(target=self._welcome, daemon=True).start()

    def close(self) -> None:
        for wire in (self.door, *self.wires):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()

    def _welcome(self) -> None:
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.server)
            self.wires += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.farewell and target.family == socket.AF_UNIX:
                    source.sendall(self.farewell)
                    break
                if not self.silent.is_set():
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def way(contract_dsn: str) -> Iterator[BlackHole]:
    folder = psycopg.conninfo.conninfo_to_dict(contract_dsn)["host"]
    way = BlackHole(str(Path(str(folder)) / ".s.PGSQL.5432"))
    way.open()
    yield way
    way.close()


@pytest.fixture
def distant(contract_dsn: str, way: BlackHole) -> str:
    """The server's address at the other end of the way."""
    return psycopg.conninfo.make_conninfo(contract_dsn, host="127.0.0.1", port=way.port)


def patience_s(connection: psycopg.BaseConnection[object]) -> tuple[float, float]:
    """After how many seconds the kernel gives a connection up: one that is quiet, and one whose words nobody takes."""
    with socket.socket(fileno=socket.dup(connection.pgconn.socket)) as wire:
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, pause, count = (
            wire.getsockopt(socket.IPPROTO_TCP, name)
            for name in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        return idle + pause * count, wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) / 1000


def test_a_call_into_a_black_hole_ends_and_the_next_one_finds_the_way_back(
    distant: str, way: BlackHole
) -> None:
    database = PostgresDatabase(distant, max_size=1, statement_timeout_s=0.5)
    database.call("contract_refuse")
    began = time.monotonic()

    way.silent.set()
    with pytest.raises(DatabaseAway):
        database.call("contract_refuse")
    ended = time.monotonic() - began
    way.silent.clear()

    assert ended < 4
    assert database.call("contract_refuse")["result"] == "refused"
    database.close()


def test_words_that_end_a_connection_say_that_the_database_is_away_whatever_their_code(
    distant: str, way: BlackHole
) -> None:
    database = PostgresDatabase(distant, max_size=1)
    database.call("contract_refuse")

    # As a pooler speaks that has lost its server: a code of its own, severity FATAL, and the end.
    fields = b"SFATAL\0VFATAL\0CXX000\0MDbHandler exited\0\0"
    way.farewell = b"E" + (len(fields) + 4).to_bytes(4, "big") + fields
    with pytest.raises(DatabaseAway):
        database.call("contract_refuse")
    way.farewell = b""

    assert database.call("contract_refuse")["result"] == "refused"
    database.close()


def test_who_gets_no_answer_to_a_greeting_soon_greets_again(distant: str, way: BlackHole) -> None:
    database = PostgresDatabase(distant, max_size=1)
    way.silent.set()
    began = time.monotonic()

    with pytest.raises(DatabaseAway):
        database.call("contract_refuse")
    ended = time.monotonic()
    # The greeting is gone for good: only a new one is answered.
    way.silent.clear()

    assert ended - began < 5
    wait_for(lambda: answers(database), pause_s=0.2)
    database.close()


def answers(database: PostgresDatabase) -> bool:
    with contextlib.suppress(DatabaseAway):
        database.call("contract_refuse")
        return True
    return False


def test_the_connections_of_the_pool_are_given_up_by_the_kernel(distant: str) -> None:
    database = PostgresDatabase(distant, max_size=1)
    database.call("contract_refuse")

    with database._pool.connection() as connection:
        quiet_s, unheard_s = patience_s(connection)

    assert max(quiet_s, unheard_s) <= 30
    assert unheard_s > 0
    database.close()


def test_the_connection_that_hears_hints_is_given_up_by_the_kernel(
    distant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[float, float]] = []
    connect, stopping = psycopg.connect, threading.Event()

    def watched(dsn: str, **options: object) -> psycopg.Connection[tuple[object, ...]]:
        connection = connect(dsn, **options)  # type: ignore[arg-type]
        made.append(patience_s(connection))
        return connection

    monkeypatch.setattr(psycopg, "connect", watched)

    # Nothing is ever sent on it, so that only the kernel can notice.
    hints.hear_hints(distant, stopping.set, stopping)

    [(quiet_s, unheard_s)] = made
    assert max(quiet_s, unheard_s) <= 30
    assert unheard_s > 0


def test_the_connections_of_the_jobs_are_given_up_by_the_kernel(distant: str) -> None:
    app = job_app(distant, None, {}, {})

    async def look() -> tuple[float, float]:
        async with app.open_async(), app.connector.pool.connection() as connection:
            return patience_s(connection)

    quiet_s, unheard_s = asyncio.run(look())

    assert max(quiet_s, unheard_s) <= 30
    assert unheard_s > 0
