"""A real house on a port, with people of every role, and a stranger who sends it bytes."""

import re
import socket
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from tests.console.asking import rows_of
from tests.console.conftest import TOKEN, make_house
from tests.console.conftest import House as Team
from tests.house import House, open_house
from tests.support.servers import PATIENT_S
from voicebot.domain.access.api_key import hash_of, make_key, prefix_of
from voicebot.storage import api_keys
from voicebot.storage.access.sessions import begin_session
from voicebot.storage.database import PostgresDatabase
from voicebot.wiring import build_runtime

WAITS_S = 30.0


@dataclass
class Answer:
    """One answer, as it came over the wire."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Stranger:
    """Sends bytes to a port, and reads what comes back."""

    port: int

    def sends(self, *parts: bytes, ends: bool = False) -> list[Answer]:
        """Send all of it on one connection, whatever the other side does, and return each answer that came."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAITS_S) as client:
            try:
                for part in parts:
                    client.sendall(part)
                if ends:
                    client.shutdown(socket.SHUT_WR)
            except OSError:
                # It was refused before it was whole.
                pass
            return list(answers_in(_all_of(client)))

    def asks(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One whole request, on a connection of its own."""
        told = {"Host": "127.0.0.1", "Connection": "close", **(headers or {})}
        if body or method in ("POST", "PUT", "PATCH"):
            told.setdefault("Content-Length", str(len(body)))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
        answers = self.sends("\r\n".join(lines).encode("utf-8", "surrogateescape"), body)
        assert len(answers) == 1, (method, path, answers)
        return answers[0]

    def posts(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.asks("POST", path, {**kind, **headers}, urllib.parse.urlencode(form).encode())


@dataclass
class Besieged:
    """The house, two organizations in it, and who knocks."""

    house: House
    own: Team
    foreign: Team
    database: PostgresDatabase
    owner: Any
    stranger: Stranger

    def cookie(self, role: str = "owner") -> dict[str, str]:
        """Sign somebody of the own organization in, and return what their browser sends along."""
        secret = uuid.uuid4().hex
        begin_session(
            self.database, hash_of(secret), "password", session_s=3600.0, user_id=self.own.people[role],
            address="127.0.0.1",
        )  # fmt: skip
        return {"Cookie": f"voicebot={secret}"}

    def token(self, cookie: Mapping[str, str], path: str = "/console/account") -> str:
        found = TOKEN.search(self.stranger.asks("GET", path, cookie).text)
        assert found is not None
        return found[1]

    def key(self, role: str = "operator") -> dict[str, str]:
        key = make_key(uuid.uuid4().bytes + uuid.uuid4().bytes)
        refused = api_keys.create_api_key(
            self.database, uuid.uuid4().hex, key_hash=hash_of(key), key_prefix=prefix_of(key), role=role
        )
        assert not refused
        return {"Authorization": f"Bearer {key}"}

    def rows(self) -> list[Any]:
        """What both organizations have."""
        return [rows_of(self.owner, team) for team in (self.own, self.foreign)]

    def log(self) -> str:
        """All that its processes have written."""
        return "".join(path.read_text("utf-8", "replace") for path in self.house.logs.glob("*"))


@pytest.fixture(scope="session")
def besieged(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    name = f"attacked_{uuid.uuid4().hex}"
    dsn = server.create(name, template)
    try:
        with open_house(tmp_path_factory.mktemp("house"), dsn, web=1) as house:
            database = PostgresDatabase(dsn, max_size=2, pool_wait_s=PATIENT_S)
            with psycopg.connect(dsn, autocommit=True) as owner:
                runtime = build_runtime(house.settings, database)
                teams = [make_house(runtime, owner) for _ in range(2)]
                port = int(house.environ["PORT"])
                yield Besieged(house, teams[0], teams[1], database, owner, Stranger(port))
            database.close()
    finally:
        server.drop(name)


def _all_of(client: socket.socket) -> bytes:
    pieces = []
    try:
        while piece := client.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def answers_in(sent: bytes) -> Iterator[Answer]:
    """Cut what came into answers, as a client does."""
    while sent.startswith(b"HTTP/"):
        head, _, sent = sent.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        answer = Answer(int(first.split(" ")[1]), headers)
        if answer.status == 100:
            continue
        if answer.header("Transfer-Encoding") == "chunked":
            while match := re.match(rb"([0-9a-fA-F]+)\r\n", sent):
                size, start = int(match[1], 16), match.end()
                answer.body += sent[start : start + size]
                sent = sent[start + size + 2 :]
                if size == 0:
                    break
        else:
            size = int(answer.header("Content-Length") or 0)
            answer.body, sent = sent[:size], sent[size:]
        yield answer
