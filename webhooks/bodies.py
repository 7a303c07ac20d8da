"""Answer a broken body with 400 on every route, never with 500.

gunicorn reads a body when the app asks for it, so whatever is wrong with its chunks shows in the middle of a view.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import BadRequest, RequestTimeout

LONGEST_LINE = 64 * 1024

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]


class CheckedBody:
    """The body of a request, whole: reading it raises BadRequest where it is malformed or ends early.

    Where it does not come in time, RequestTimeout.
    """

    def __init__(self, stream: Any, length: int) -> None:
        self._stream, self._missing = stream, length

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, or all that is left."""
        return self._checked(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        """Return what is left of the line, or `size` bytes of it."""
        return self._checked(self._stream.readline, size if size >= 0 else LONGEST_LINE)

    def readlines(self, size: int = -1) -> list[bytes]:
        """Return all lines that are left."""
        del size
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _checked(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            data = read(size)
        except TimeoutError as error:
            raise RequestTimeout from error
        except (ParseException, OSError) as error:
            raise BadRequest from error
        self._missing -= len(data)
        if self._missing > 0 and (size < 0 or len(data) < size):
            # To gunicorn a connection that broke off is the end of a body, and half a file would be taken for all of it.
            raise BadRequest
        return data


def with_checked_bodies(app: WsgiApp) -> WsgiApp:
    """Wrap an app so that whatever reads a body reads a CheckedBody."""

    def checked(environ: Environ, start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "")
        environ["wsgi.input"] = CheckedBody(environ["wsgi.input"], int(length) if length.isdecimal() else 0)
        return app(environ, start_response)

    return checked
