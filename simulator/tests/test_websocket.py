"""The simulator's ends of websockets, each against a browser-grade peer and under both servers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import gevent
import pytest
import requests
from flask import Flask, Response, request
from gevent.pywsgi import WSGIServer
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK
from websockets.sync.client import connect as dial

from simulator.serve import SocketHandler
from simulator.tests.providers.stand_ins import app_with, serving
from simulator.wire.websocket import Closed, Over, Refused, WebSocket, accept, connect


def echoing() -> Flask:
    """An app that says every message again; some words end it."""
    app = app_with()

    @app.get("/echo", websocket=True)
    def echo() -> Response:
        try:
            end = accept(request.environ)
        except Refused as refusal:
            return Response(refusal.body, refusal.status)
        try:
            while True:
                answer(end, end.receive())
        except Closed:
            return Over()

    return app


def answer(end: WebSocket, message: str | bytes | None) -> None:
    if message == "cut":
        end.cut()
    elif message == "bye":
        end.close(4001, "as you wish")
    elif message is not None:
        end.send(message)


@contextmanager
def under_gevent(app: Flask) -> Iterator[str]:
    """Serve on gevent in a thread with a hub of its own, unpatched as tests are."""
    started, stop = threading.Event(), []
    ports: list[int] = []

    def serve() -> None:
        server = WSGIServer(("127.0.0.1", 0), app, log=None, handler_class=SocketHandler)
        server.start()
        ports.append(server.server_port)
        loop = gevent.get_hub().loop
        waker = loop.async_()
        waker.start(server.stop)
        stop.append(waker.send)
        started.set()
        server.serve_forever()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert started.wait(10)
    yield f"ws://127.0.0.1:{ports[0]}"
    stop[0]()
    thread.join(10)


@contextmanager
def under_werkzeug(app: Flask) -> Iterator[str]:
    with serving(app) as running:
        yield running.url.replace("http", "ws")


@pytest.mark.parametrize("server", [under_gevent, under_werkzeug])
def test_a_view_becomes_a_websocket_and_ends_as_one(server) -> None:  # type: ignore[no-untyped-def]
    with server(echoing()) as url:
        with dial(f"{url}/echo?x=1", compression=None) as peer:
            for message in ("Grüße", b"\x00\xff" * 40_000, ""):
                peer.send(message)
                assert peer.recv(10) == message
            peer.send(["in ", "pieces"])
            assert peer.recv(10) == "in pieces"
            assert peer.ping().wait(10)
            peer.send("bye")
            with pytest.raises((ConnectionClosedError, ConnectionClosedOK)) as over:
                peer.recv(10)
            assert over.value.rcvd is not None
            assert (over.value.rcvd.code, over.value.rcvd.reason) == (4001, "as you wish")
        with dial(f"{url}/echo", compression=None) as peer:
            peer.send("cut")
            with pytest.raises(ConnectionClosedError) as cut:
                peer.recv(10)
            assert cut.value.rcvd is None


def test_both_of_its_ends_understand_each_other() -> None:
    with under_werkzeug(echoing()) as url:
        end = connect(f"{url}/echo", headers={"Authorization": "Token x"})
        end.send("hello")
        assert end.receive(10) == "hello"
        assert end.receive(0.01) is None
        end.close()
        with pytest.raises(Closed):
            end.send("more")

        end = connect(f"{url}/echo")
        end.send("bye")
        with pytest.raises(Closed) as over:
            end.receive(10)
        assert (over.value.code, over.value.reason) == (4001, "as you wish")


def test_what_is_no_websocket_is_refused() -> None:
    with under_werkzeug(echoing()) as url:
        with pytest.raises(Refused) as refused:
            connect(f"{url}/nothing")
        assert refused.value.status == 404
        with serving(echoing()) as plain:
            assert requests.get(f"{plain.url}/echo", timeout=5).status_code == 400
