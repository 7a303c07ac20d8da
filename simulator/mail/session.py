"""One SMTP connection (RFC 5321) without its socket: lines in, answers out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.mail.mailbox import Mailbox, Switch

LONGEST_LINE = 1000
LARGEST_MAIL = 256 * 1024
MOST_RECIPIENTS = 50

_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>", re.IGNORECASE)


class Hang(Exception):
    """Say nothing more until a switch is turned."""


class Drop(Exception):
    """Close the connection without a word."""


@dataclass
class MailSession:
    """The commands of one client so far. `feed` takes bytes and returns the reply.

    Raises Hang and Drop where a switch demands it; `wants_tls` and `ended` tell the socket what comes next.
    """

    mailbox: Mailbox
    offers_tls: bool = False
    wants_tls: bool = False
    ended: bool = False
    _buffer: bytes = b""
    _sender: str | None = None
    _recipients: list[str] = field(default_factory=list)
    _content: list[bytes] | None = None
    _size: int = 0

    def greeting(self) -> bytes:
        """Return the first line, which is the server's."""
        return self._answered("hello") or b"220 simulator ESMTP\r\n"

    def feed(self, data: bytes) -> bytes:
        """Take what the client sent; return the answers to the lines that it completed."""
        self._buffer += data
        answers = b""
        while b"\r\n" in self._buffer and not (self.ended or self.wants_tls):
            line, _, self._buffer = self._buffer.partition(b"\r\n")
            answers += self._line(line) if self._content is None else self._content_line(line)
        if len(self._buffer) > LARGEST_MAIL:
            self.ended = True
            return answers + b"500 line too long\r\n"
        return answers

    def secured(self) -> None:
        """Begin anew: the connection is encrypted now (RFC 3207, 4.2)."""
        self.wants_tls, self.offers_tls, self._buffer = False, False, b""
        self._forget()

    def _line(self, line: bytes) -> bytes:
        if len(line) > LONGEST_LINE:
            return b"500 line too long\r\n"
        verb, _, rest = line.decode("latin-1").partition(" ")
        answer = self._verbs().get(verb.upper())
        return answer(rest) if answer else b"502 command not implemented\r\n"

    def _verbs(self) -> dict[str, Callable[[str], bytes]]:
        return {
            "EHLO": self._hello,
            "HELO": lambda _: b"250 simulator\r\n",
            "STARTTLS": self._starttls,
            # Any name and password will do, until a switch says otherwise.
            "AUTH": lambda _: self._answered("login") or b"235 accepted\r\n",
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": lambda _: self._reset(),
            "NOOP": lambda _: b"250 ok\r\n",
            "QUIT": lambda _: self._quit(),
        }

    def _hello(self, _name: str) -> bytes:
        extensions = [
            "simulator",
            f"SIZE {LARGEST_MAIL}",
            *(["STARTTLS"] if self.offers_tls else []),
            "AUTH PLAIN",
        ]
        lines = [f"250{' ' if one == extensions[-1] else '-'}{one}\r\n" for one in extensions]
        return "".join(lines).encode()

    def _starttls(self, _rest: str) -> bytes:
        if not self.offers_tls:
            return b"502 command not implemented\r\n"
        self.wants_tls = True
        return b"220 go ahead\r\n"

    def _mail(self, rest: str) -> bytes:
        path = _PATH.match(rest)
        if path is None:
            return b"501 syntax\r\n"
        if answer := self._answered("from"):
            return answer
        self._forget()
        self._sender = path[1]
        return b"250 ok\r\n"

    def _rcpt(self, rest: str) -> bytes:
        path = _PATH.match(rest)
        if self._sender is None or path is None:
            return b"503 bad sequence\r\n" if self._sender is None else b"501 syntax\r\n"
        if len(self._recipients) >= MOST_RECIPIENTS:
            return b"452 too many recipients\r\n"
        if answer := self._answered("to"):
            return answer
        self._recipients.append(path[1])
        return b"250 ok\r\n"

    def _data(self, _rest: str) -> bytes:
        if not self._recipients:
            return b"503 bad sequence\r\n"
        if answer := self._answered("data"):
            return answer
        self._content, self._size = [], 0
        return b"354 go ahead\r\n"

    def _content_line(self, line: bytes) -> bytes:
        assert self._content is not None
        if line == b".":
            return self._end_of_content(b"\r\n".join(self._content) + b"\r\n")
        self._size += len(line) + 2
        if self._size <= LARGEST_MAIL:
            self._content.append(line[1:] if line.startswith(b".") else line)
        return b""

    def _end_of_content(self, content: bytes) -> bytes:
        sender, recipients, size = self._sender or "", tuple(self._recipients), self._size
        self._forget()
        if size > LARGEST_MAIL:
            return b"552 too much mail\r\n"
        switch = self.mailbox.meet("content")
        if switch is None or switch.taken:
            self.mailbox.take(sender, recipients, content)
        return _suffered(switch) or b"250 taken\r\n"

    def _reset(self) -> bytes:
        self._forget()
        return b"250 ok\r\n"

    def _quit(self) -> bytes:
        self.ended = True
        return b"221 goodbye\r\n"

    def _forget(self) -> None:
        self._sender, self._content, self._size = None, None, 0
        self._recipients = []

    def _answered(self, step: str) -> bytes:
        return _suffered(self.mailbox.meet(step))


def _suffered(switch: Switch | None) -> bytes:
    if switch is None:
        return b""
    if switch.do == "hang":
        raise Hang
    if switch.do == "drop":
        raise Drop
    return f"{switch.code} as told\r\n".encode()
