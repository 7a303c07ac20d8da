"""A tiny service to be called by the carrier, and a simulator in this process that calls it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from werkzeug.datastructures import MultiDict
from werkzeug.serving import BaseWSGIServer, make_server

from simulator.app import create_app
from simulator.carrier.exchange import Exchange
from simulator.config import SimulatorConfig
from simulator.phone.client import PhoneClient

ACCOUNT = "AC" + "0" * 32
TOKEN = "1" * 32
CALLER = "+12025550123"
NUMBER = "+12025550100"

Answer = str | Response | Callable[[], str | Response]


@dataclass
class Received:
    """One request as it came in."""

    method: str
    path: str
    url: str
    form: MultiDict[str, str]
    headers: dict[str, str]


@dataclass
class Socket:
    """One websocket that the carrier opened: what came over it, and the means to answer."""

    connection: ServerConnection
    messages: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None
    """How it was closed."""

    def send(self, *messages: dict[str, Any] | str | bytes) -> None:
        for message in messages:
            self.connection.send(json.dumps(message) if isinstance(message, dict) else message)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read on until such a message comes."""
        while True:
            message = json.loads(self.connection.recv(timeout=10))
            self.messages.append(message)
            if wanted(message):
                return message

    def to_the_end(self) -> None:
        """Read on until the carrier closes the socket."""
        self.until(lambda _: False)


@dataclass
class FakeProduct:
    """Answers with the TwiML that a test laid out for a path: one after the other, the last one again and again."""

    url: str
    received: list[Received] = field(default_factory=list)
    _answers: dict[str, list[Answer]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _gate: threading.Event = field(default_factory=threading.Event)
    socket_url: str = ""
    sockets: list[Socket] = field(default_factory=list)
    talk: Callable[[Socket], None] = Socket.to_the_end
    """What it does with a websocket; the socket is closed when this returns."""
    refuses: int | None = None
    """The status that upgrades are answered with."""

    def accept(self, connection: ServerConnection) -> None:
        socket = Socket(connection)
        self.sockets.append(socket)
        with suppress(TimeoutError):
            try:
                self.talk(socket)
            except ConnectionClosed as end:
                socket.code = end.rcvd.code if end.rcvd else 1006

    @contextmanager
    def holding_back(self) -> Iterator[None]:
        """Within this, requests wait: what the person does meanwhile comes before the answer."""
        self._gate.clear()
        yield
        self._gate.set()

    def on(self, path: str, *answers: Answer) -> None:
        with self._lock:
            self._answers[path] = list(answers)

    def says(self, *verbs: str, path: str = "/voice") -> None:
        self.on(path, *[twiml(each) for each in verbs])

    def to(self, path: str) -> list[Received]:
        with self._lock:
            return [each for each in self.received if each.path == path]

    def answer(self, received: Received) -> str | Response:
        with self._lock:
            self.received.append(received)
            left = self._answers.get(received.path)
            if left is None:
                return Response("nothing laid out here", status=404)
            answer = left.pop(0) if len(left) > 1 else left[0]
        self._gate.wait(5)
        return answer if isinstance(answer, str | Response) else answer()


def twiml(verbs: str) -> Response:
    return Response(f"<Response>{verbs}</Response>", mimetype="text/xml")


@pytest.fixture
def product() -> Iterator[FakeProduct]:
    app = Flask("fake product")
    product = FakeProduct("")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Any:
        return product.answer(
            Received(request.method, f"/{path}", request.url, request.form.copy(), dict(request.headers))
        )

    for running in _served(app):
        product.url = f"http://127.0.0.1:{running.server_port}"
        product._gate.set()
        product.on("/status", "")
        product.on("/sms", twiml(""))
        product.on("/delivery", "")
        refuse = lambda connection, _: connection.respond(product.refuses, "no") if product.refuses else None  # noqa: E731
        with serve(product.accept, "127.0.0.1", 0, process_request=refuse, close_timeout=1) as sockets:
            threading.Thread(target=sockets.serve_forever, daemon=True).start()
            product.socket_url = f"ws://127.0.0.1:{sockets.socket.getsockname()[1]}"
            yield product


@pytest.fixture
def exchange(product: FakeProduct) -> Iterator[Exchange]:
    """A simulator in compressed time whose number leads to the fake product."""
    placeholder = make_server("127.0.0.1", 0, Flask("port"), threaded=True)
    config = SimulatorConfig(
        ACCOUNT,
        TOKEN,
        number=NUMBER,
        voice_url=f"{product.url}/voice",
        status_url=f"{product.url}/status",
        sms_url=f"{product.url}/sms",
        port=placeholder.server_port,
        speed=0.0,
    )
    placeholder.app = create_app(config)
    for _ in _served(placeholder.app, placeholder):
        yield placeholder.app.extensions["exchange"]


@pytest.fixture
def phone(exchange: Exchange) -> PhoneClient:
    return PhoneClient(exchange.config.base_url)


@dataclass
class Rest:
    """Bare requests to the REST API with the account's credentials."""

    root: str
    auth: tuple[str, str] = (ACCOUNT, TOKEN)

    def get(self, path: str, **params: Any) -> requests.Response:
        return requests.get(self.root + path, params=params, auth=self.auth, timeout=10)

    def delete(self, path: str) -> requests.Response:
        return requests.delete(self.root + path, auth=self.auth, timeout=10)

    def post(self, path: str, data: Any = None, **form: Any) -> requests.Response:
        return requests.post(self.root + path, data=data or form, auth=self.auth, timeout=10)


@pytest.fixture
def rest(exchange: Exchange) -> Rest:
    return Rest(f"{exchange.config.base_url}/2010-04-01/Accounts/{ACCOUNT}")


@pytest.fixture
def texts_back(product: FakeProduct, rest: Rest) -> Callable[..., Callable[[], Response]]:
    """Make an answer to a text: these words are sent over REST, to whoever wrote."""

    def answer(*bodies: str, path: str = "/sms") -> Callable[[], Response]:
        def send() -> Response:
            form = product.to(path)[-1].form
            for body in bodies:
                rest.post("/Messages.json", From=form["To"], To=form["From"], Body=body)
            return twiml("")

        return send

    return answer


def _served(app: Flask, server: BaseWSGIServer | None = None) -> Iterator[BaseWSGIServer]:
    running = server or make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join(timeout=5)
