"""Serve one simulator on gevent; the caller has patched the standard library before importing anything."""

import os
import signal
import socket
import sys
from dataclasses import replace
from typing import Any

import gevent
from gevent.pywsgi import WSGIHandler, WSGIServer

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.mail.api import mailbox_of
from simulator.mail.server import MailServer, mail_port
from simulator.process import READY

FREE_PAIR_TRIES = 50


class SocketHandler(WSGIHandler):  # type: ignore[misc]
    """A handler whose requests may become websockets (`simulator/wire/websocket.py`)."""

    def get_environ(self) -> dict[str, Any]:
        """Return the environment, with the connection in it and with whoever closes it."""
        environ: dict[str, Any] = super().get_environ()
        return environ | {"simulator.socket": self.socket, "simulator.handler": self}


def serve(config: SimulatorConfig, *, stop_with_stdin: bool = False) -> None:
    """Serve until a signal, or with `stop_with_stdin` until the parent process is gone. Port 0 takes a free one."""
    listener, mail_listener = listeners(config.host, config.port)
    # Headers and the first bytes of a stream are two writes: the second must not wait for the first one's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Addresses that the simulator hands out must carry the port that it really has.
    config = replace(config, port=listener.getsockname()[1])
    app = create_app(config)
    server = WSGIServer(listener, app, log=None, handler_class=SocketHandler)
    MailServer(mail_listener, mailbox_of(app)).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, server.stop, 1)
    server.start()
    sys.stdout.write(f"{READY}{config.base_url}\n")
    sys.stdout.flush()
    if stop_with_stdin:
        gevent.spawn(_stop_at_end_of_stdin, server)
    server.serve_forever()


def listeners(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Listen for requests, and beside that for mail. Port 0 takes a free pair. Raises OSError."""
    for _ in range(FREE_PAIR_TRIES):
        listener = socket.create_server((host, port), backlog=256)
        beside = mail_port(listener.getsockname()[1])
        try:
            return listener, socket.create_server((host, beside), backlog=32)
        except OSError as error:
            listener.close()
            if port:
                raise OSError(f"mail is taken at port {beside}, and it is not free") from error
    raise OSError("no two free ports side by side")


def _stop_at_end_of_stdin(server: WSGIServer) -> None:
    while gevent.get_hub().threadpool.apply(os.read, (0, 4096)):
        pass
    server.stop(1)
