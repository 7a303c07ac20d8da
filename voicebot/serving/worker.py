"""gunicorn's gevent worker, with a limit on how long a request may take to come in and on how many may be on their way."""

import socket
from functools import partial
from typing import Any

from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.http.errors import InvalidHeader, ParseException  # type: ignore[import-untyped]
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from voicebot.limits import ConnectionLimits
from voicebot.serving.answer import Answer
from voicebot.serving.connections import Connection, Connections
from voicebot.serving.once import look_once
from voicebot.sockets.upgraded import Upgraded

ROOM = 20
"""So many connections fewer are open than the worker has threads for: there is always one that can take the next."""
DRAINED_AT_ONCE = 64 * 1024


class WatchfulWorker(GeventWorker):  # type: ignore[misc]
    """Serves requests as its parent does; slow clients end earlier, and leave room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Where gunicorn makes its responses it asks nobody for another kind.
        wsgi.Response = Answer
        look_once(self.cfg)
        self._connections = Connections(ConnectionLimits(), self.worker_connections - ROOM)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection until it ends."""
        connection = self._connections.enter(client)
        try:
            super().handle(listener, connection, addr)
        finally:
            self._connections.leave(connection)
            connection.forget_request()

    def handle_request(self, listener_name: Any, req: Any, sock: Connection, addr: Any) -> None:
        """Serve one request whose headers are there, and take what is left of its body."""
        if any(not name for name, _ in req.headers):
            # A line that goes on with the header before it: the C parser lets it pass, and proxies read it differently (RFC 9112, 5.2).
            raise InvalidHeader("a folded line")
        sock.awaits_body(partial(_is_whole, req), req.unreader.take_buffered)
        super().handle_request(listener_name, req, sock, addr)
        try:
            while req.body.read(DRAINED_AT_ONCE):
                pass
        except (OSError, ParseException):
            # Where the next request begins is unknown.
            req.force_close()
        sock.awaits_request(has_begun=bool(req.unreader.buf.getvalue()))

    def is_already_handled(self, respiter: Any) -> bool:
        """Carry a websocket to its end, in the thread of its connection, which is closed then."""
        if isinstance(respiter, Upgraded):
            respiter.serve()
            raise StopIteration
        return bool(super().is_already_handled(respiter))


def _is_whole(request: Any) -> bool:
    """Tell whether the body has come: of a known length all of it, of chunks the last one."""
    reader = request.body.reader
    if hasattr(reader, "length"):
        return bool(reader.length == 0)
    return reader.parser is None
