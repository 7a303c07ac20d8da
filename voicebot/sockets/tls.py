"""TLS without a socket of its own: bytes in, bytes out, so that one thread may read while another writes."""

import os
import ssl
import threading
from functools import cache

import certifi

READ_AT_ONCE = 16 * 1024


@cache
def trusted() -> ssl.SSLContext:
    """Return what every client of this process trusts, loaded once: to load it takes 20 ms.

    The authorities of certifi, which come along with us, or those that SSL_CERT_FILE or SSL_CERT_DIR name in their place.
    """
    if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=certifi.where())


class Tls:
    """The client's side of one TLS connection."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._in, self._out, server_hostname=host)
        self._lock = threading.Lock()

    def handshake(self, received: bytes = b"") -> tuple[bool, bytes]:
        """Go on with the handshake; return whether it is over, and what has to be sent. Raises ssl.SSLError."""
        with self._lock:
            self._in.write(received)
            try:
                self._object.do_handshake()
            except ssl.SSLWantReadError:
                return False, self._out.read()
            return True, self._out.read()

    def sealed(self, data: bytes) -> bytes:
        """Return what has to be sent for `data`."""
        with self._lock:
            self._object.write(data)
            return self._out.read()

    def opened(self, received: bytes) -> bytes:
        """Return the decrypted data; nothing while a record is incomplete, or after the peer's last one."""
        with self._lock:
            self._in.write(received)
            parts = []
            try:
                while part := self._object.read(READ_AT_ONCE):
                    parts.append(part)
            except ssl.SSLWantReadError:
                pass
            return b"".join(parts)
