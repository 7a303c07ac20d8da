"""gunicorn's response, whose headers leave together with what follows them: one send, and one packet, for nearly every answer."""

from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http.wsgi import Response  # type: ignore[import-untyped]


class Answer(Response):  # type: ignore[misc]
    """Sends what its parent sends; headers wait for the first piece of the body, and never for the second."""

    headers_sent: bool
    _head = b""

    def send_headers(self) -> None:
        """Have the headers ready to leave."""
        if not self.headers_sent:
            lines = [
                *self.default_headers(),
                *(f"{name}: {value}\r\n" for name, value in self.headers),
                "\r\n",
            ]
            self._head, self.headers_sent = "".join(lines).encode("latin-1"), True

    def write(self, arg: bytes) -> None:
        """Send a piece of the body."""
        super().write(arg)
        self._send_head()

    def sendfile(self, respiter: Any) -> bool:
        """Send a file by the system's own means, if it can be; the system knows of no headers."""
        if self.headers_sent or not self.can_sendfile() or not util.has_fileno(respiter.filelike):
            return bool(super().sendfile(respiter))
        self.send_headers()
        self._send_head()
        return bool(super().sendfile(respiter))

    def close(self) -> None:
        """Send what is left."""
        self.send_headers()
        self._send_head()
        super().close()

    def _emit_body(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if self.chunked:
            data = b"%X\r\n%b\r\n" % (len(data), data)
        self.sock.sendall(head + data if head else data)

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        if head:
            self.sock.sendall(head)
