"""The mail server's socket: a thread a connection, which gevent makes a greenlet where it has patched them."""

import socket
import ssl
import threading
from contextlib import suppress

from simulator.mail.mailbox import Mailbox
from simulator.mail.session import Drop, Hang, MailSession

PATIENCE_S = 60.0
MOST_CONNECTIONS = 50


def mail_port(port: int) -> int:
    """Return where the simulator at a port takes mail: the port after its own, or before it when there is none."""
    return port + 1 if port < 65535 else port - 1


class MailServer:
    """Takes mail on a listening socket until `stop`; with `tls` it offers STARTTLS, or with `at_once` speaks TLS only."""

    def __init__(
        self,
        listener: socket.socket,
        mailbox: Mailbox,
        *,
        tls: ssl.SSLContext | None = None,
        at_once: bool = False,
    ) -> None:
        self._listener, self._mailbox = listener, mailbox
        self._tls, self._at_once = tls, at_once
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Accept connections from now on; returns at once."""
        threading.Thread(target=self._accept, name="mail", daemon=True).start()

    def stop(self) -> None:
        """Accept no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if not self._room.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), name="mail-client", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(PATIENCE_S)
            if self._tls is not None and self._at_once:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._talk(connection)
        except Hang:
            self._mailbox.silence()
        except (Drop, OSError):
            pass
        finally:
            with suppress(OSError):
                connection.close()
            self._room.release()

    def _talk(self, connection: socket.socket) -> None:
        session = MailSession(self._mailbox, offers_tls=self._tls is not None and not self._at_once)
        connection.sendall(session.greeting())
        while not session.ended and (data := connection.recv(65536)):
            connection.sendall(session.feed(data))
            if session.wants_tls and self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                session.secured()
