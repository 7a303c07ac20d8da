"""Close the connection of a request instead of answering it: the request may still have been carried out."""

import contextlib
import socket
from collections.abc import Mapping
from typing import Any


def hang_up(environ: Mapping[str, Any]) -> None:
    """Cut the connection of the request; works on both servers that this simulator runs on."""
    line = environ.get("werkzeug.socket") or _of_gevent(environ.get("wsgi.input"))
    if line is None:
        raise RuntimeError("this server does not show its connections")
    # It may be gone already: whoever asks can give up first.
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _of_gevent(body: Any) -> Any:
    """gevent keeps the socket below the reader of the request's body."""
    return getattr(getattr(getattr(body, "rfile", None), "raw", None), "_sock", None)
