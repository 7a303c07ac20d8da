"""The model of `benchmarks.streams.turn_cpu`: an answer a request, and the next token once one has left, told by a datagram."""

import json
import socket
import threading
from typing import Any

TOKENS = 40
STAYED_S = 0.05
"""A token that has not left after so long waits for what follows it."""


def serve() -> None:
    """Be the model: an answer a request, and a token once somebody has told that one has left."""
    told = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    told.bind(("127.0.0.1", 0))
    told.settimeout(STAYED_S)
    server = socket.create_server(("127.0.0.1", 0), backlog=500)
    print(json.dumps([server.getsockname()[1], told.getsockname()[1]]), flush=True)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=answer_all, args=(connection, told), daemon=True).start()


def answer_all(connection: socket.socket, told: socket.socket) -> None:
    """Answer what is asked on one connection."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    read = connection.makefile("rb")
    while (line := read.readline()) not in (b"", b"\r\n"):
        length = 0
        while line.strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
            line = read.readline()
        read.read(length)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for index in range(TOKENS):
            word = "Abc" if index % 10 == 0 else "abc"
            delta = {"content": f" {word}{'.' if index % 10 == 9 else ''}"}
            connection.sendall(chunk([{"index": 0, "delta": delta, "finish_reason": None}]))
            try:
                told.recv(1)
            except TimeoutError:
                continue
        end = chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        connection.sendall(end + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")


def chunk(choices: list[dict[str, Any]]) -> bytes:
    """Return an event of an answer as a chunk of the body."""
    event = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    data = b"data: " + json.dumps(event).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


if __name__ == "__main__":
    serve()
