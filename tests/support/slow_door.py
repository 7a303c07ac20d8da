"""A listener in front of a server of this machine: it counts connections, and each is of use only after a while."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Doors:
    """What the listener saw: how many connections came."""

    url: str
    connections: int = 0
    of_use: int = 0
    """How many have lasted for long enough to be of use."""


@contextmanager
def door(target: str, *, slow_s: float = 0.0) -> Iterator[Doors]:
    """Pass connections on to a server; each is of use only after `slow_s`, as one with a long way and TLS."""
    host, port = target.removeprefix("http://").split(":")
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    doors = Doors(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve(client: socket.socket) -> None:
        time.sleep(slow_s)
        server = socket.create_connection((host, int(port)))
        doors.of_use += 1
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=pump, args=(server, client), daemon=True).start()
        pump(client, server)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                doors.connections += 1
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield doors
    listener.close()
