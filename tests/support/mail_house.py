"""A mail server for tests: the simulator's, on a socket of its own."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from simulator.mail.mailbox import Mailbox, Switch, shown
from simulator.mail.server import MailServer


@dataclass(frozen=True)
class PostOffice:
    """A server that takes mail, and what it has taken."""

    mailbox: Mailbox
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[dict]:
        return [shown(mail) for mail in self.mailbox.mails()]

    def turn(self, at: str, do: str = "answer", **changes) -> None:
        self.mailbox.turn(Switch(at, do, **changes))


@contextmanager
def mail_house(*, tls: ssl.SSLContext | None = None, at_once: bool = False) -> Iterator[PostOffice]:
    """Take mail while the block runs."""
    server = MailServer(
        socket.create_server(("127.0.0.1", 0)), mailbox := Mailbox(), tls=tls, at_once=at_once
    )
    server.start()
    yield PostOffice(mailbox, server.port)
    # Whoever hangs is let go.
    mailbox.clear()
    server.stop()
