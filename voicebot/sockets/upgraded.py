"""What an app answers when a connection is a websocket from now on. Imports nothing: gunicorn loads it first."""

from collections.abc import Callable, Iterator


class Upgraded:
    """In place of a body: the server calls `serve`, which returns when the websocket is over, and sends nothing itself."""

    def __init__(self, serve: Callable[[], None]) -> None:
        self.serve = serve

    def __iter__(self) -> Iterator[bytes]:
        # A server that does not know us asks for a body; only an error keeps it from writing a head of its own.
        self.serve()
        raise ConnectionAbortedError("the connection was a websocket")
