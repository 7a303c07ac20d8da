"""A provider that misbehaves on request: a real HTTP server on this machine, told what to answer next."""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Exchange"], None]


@dataclass
class Seen:
    """One request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Exchange:
    """What an answer may use: the open connection, and an event that ends its waiting at the test's end."""

    handler: BaseHTTPRequestHandler
    over: threading.Event

    def head(self, status: int = 200, content_type: str = "application/json", **headers: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def send(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def chunk(self, data: bytes) -> None:
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def wait(self, seconds: float) -> None:
        self.over.wait(seconds)

    def cut(self) -> None:
        self.handler.close_connection = True
        self.handler.connection.shutdown(2)


@dataclass
class Provider:
    """The server: `will(...)` queues answers, `seen` holds the requests; with nothing queued it answers 599."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)
    hung_up: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def will(self, *answers: Answer) -> None:
        self.answers.extend(answers)


def whole(status: int, body: Any, content_type: str = "application/json", **headers: str) -> Answer:
    """Answer at once with a body of known length."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(exchange: Exchange) -> None:
        exchange.head(status, content_type, Content_Length=str(len(data)), **headers)
        exchange.send(data)

    return answer


def stream(
    *chunks: bytes, every_s: float = 0.0, content_type: str = "text/event-stream", end: str = "whole"
) -> Answer:
    """Answer with a chunked body, one chunk after the other; `end` is whole, cut, hang or hung_up (wait for it)."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, content_type, Transfer_Encoding="chunked")
        for chunk in chunks:
            exchange.chunk(chunk)
            exchange.wait(every_s)
        if end == "whole":
            exchange.send(b"0\r\n\r\n")
        elif end == "cut":
            exchange.cut()
        elif end == "hang":
            exchange.over.wait(5)
        else:
            wait_for_hang_up(exchange)

    return answer


def wait_for_hang_up(exchange: Exchange) -> None:
    """Note when the client closes its end."""
    exchange.handler.connection.settimeout(5)
    if exchange.handler.connection.recv(1) == b"":
        exchange.handler.server.provider.hung_up.set()  # type: ignore[attr-defined]
    exchange.handler.close_connection = True


def silence(exchange: Exchange) -> None:
    """Take the request and say nothing."""
    exchange.over.wait(5)


def reset(exchange: Exchange) -> None:
    """Take the request and close the connection."""
    exchange.cut()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        provider.seen.append(Seen(self.command, self.path, headers, body, self.client_address[1]))
        answer = provider.answers.popleft() if provider.answers else whole(599, {"error": "nothing queued"})
        try:
            answer(Exchange(self, provider.over))
        except OSError:
            provider.hung_up.set()
            self.close_connection = True

    do_GET = do_POST = _serve

    def log_message(self, *args: object) -> None:
        """Say nothing: the tests look at `seen`."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *args: object) -> None:
        """A client that goes away is part of these tests."""
