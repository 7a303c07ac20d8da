"""A provider's websocket that follows a recorded session: it waits for what was sent, and says what was answered."""

import base64
import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

Frame = list[Any]
"""`[kind, body, options?]` as the handbook's vectors have it (0.2)."""


@dataclass
class Session:
    """One connection: what was asked at its beginning, and every message that came."""

    path: str
    headers: dict[str, str]
    messages: list[dict[str, Any]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    names: dict[str, str] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    code: int | None = None
    """Of the close that ended it, as the server saw it."""

    def took(self, count: int) -> bool:
        """Wait for so many messages."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.messages) >= count, 5)

    def take(self, message: dict[str, Any]) -> None:
        """Note a message."""
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()


@dataclass
class ScriptedSocket:
    """The server. Each connection follows the next script; with none left it only listens."""

    url: str
    scripts: deque[list[Frame]] = field(default_factory=deque)
    sessions: list[Session] = field(default_factory=list)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    faults: list[str] = field(default_factory=list)
    """Where somebody did not follow the script."""

    def will(self, *scripts: list[Frame]) -> None:
        """Follow these, one a connection."""
        self.scripts.extend(scripts)

    def next_session(self) -> Session:
        """Wait for one more connection."""
        assert self.begun.acquire(timeout=5)
        return self.sessions[-1]


@contextmanager
def scripted_socket() -> Iterator[ScriptedSocket]:
    """Serve on a free port."""
    told = ScriptedSocket("")
    server = serve(
        lambda connection: _follow(told, connection),
        "127.0.0.1",
        0,
        process_request=lambda connection, request: _refusal(told, connection),
        compression=None,
        close_timeout=1,
    )
    told.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        _end(server)
        thread.join(5)


def _end(server: Server) -> None:
    server.shutdown()


def _refusal(told: ScriptedSocket, connection: ServerConnection) -> Any:
    if not told.scripts or told.scripts[0][0][0] != "http":
        return None
    ((_, answer),) = told.scripts.popleft()
    return connection.respond(answer["status"], json.dumps(answer["body"]))


def _follow(told: ScriptedSocket, connection: ServerConnection) -> None:
    request = connection.request
    assert request is not None
    session = Session(request.path, {name.lower(): value for name, value in request.headers.raw_items()})
    script = told.scripts.popleft() if told.scripts else []
    told.sessions.append(session)
    told.begun.release()
    try:
        for kind, body, *_ in script:
            if kind == "send":
                _expect(told, session, connection, body)
            elif kind == "recv":
                connection.send(json.dumps(_filled(body, session)))
            elif kind == "raw":
                connection.send(body)
            elif kind == "close" and body["by"] == "server":
                _close(connection, body)
        for message in connection:
            session.take(json.loads(message))
    except ConnectionClosed:
        pass
    except TimeoutError:
        told.faults.append("nothing came")
    finally:
        with suppress(Exception):
            session.code = connection.protocol.close_code
        session.over.set()


def _expect(told: ScriptedSocket, session: Session, connection: ServerConnection, wanted: Any) -> None:
    message = json.loads(connection.recv(timeout=5))
    session.take(message)
    for name, value in wanted.items():
        if isinstance(value, str) and value.startswith("$"):
            value = session.names.setdefault(value, message.get(name))
        if message.get(name) != value:
            told.faults.append(f"{name}: {message.get(name)!r} came, {value!r} was expected")


def _close(connection: ServerConnection, body: Any) -> None:
    if body["code"] == 1006:
        connection.socket.shutdown(2)
    else:
        reason = "a policy" if body["reason"] == "@any" else body["reason"]
        connection.close(body["code"], reason)


def _filled(body: Any, session: Session) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, session) for name, value in body.items()}
    if isinstance(body, str) and body.startswith("$"):
        return session.names.get(body, body)
    if isinstance(body, str) and (sound := re.fullmatch(r"@audio:ulaw:(\d+)", body)):
        return base64.b64encode(b"\xff" * int(sound[1]) * 8).decode()
    return body
