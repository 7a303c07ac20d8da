"""An answer that becomes a websocket."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response

from voicebot.sockets.upgraded import Upgraded


class Upgrade(Response):
    """101, which is sent when the server takes it, and the socket that follows it."""

    def __init__(self, serve: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(status=101)
        self._serve = serve

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Hand the connection over; the head of the response is the socket's own."""
        del start_response
        return Upgraded(lambda: self._serve(environ))
