"""Mail over SMTP (RFC 5321), with the standard library. The only place that speaks it.

Which answer means what: before the content is on its way nothing can have been taken, so what fails there may be tried
again, but for a 5xx about this very mail. Once the content is on its way only the server's answer tells.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from voicebot.domain.operators.mail import Mail
from voicebot.domain.operators.smtp_url import SmtpServer, parse_smtp_url, split_sender
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.transports.mail_message import rendered

PROVIDER = "smtp"
LONGEST_EXCHANGE_S = 60.0
"""However slowly the server drips: after that the connection is closed."""


class _Timed(smtplib.SMTP):
    """A connection that is cut when its time is up; the library's own timeout begins anew with every byte."""

    _timer: threading.Timer | None = None

    def __init__(self, *address: Any, longest_s: float, **options: Any) -> None:
        # The library connects, and hears the greeting, while it is made.
        self._longest_s = longest_s
        super().__init__(*address, **options)

    def getreply(self) -> tuple[int, bytes]:
        if self._timer is None:
            self._timer = threading.Timer(self._longest_s, self._cut)
            self._timer.daemon = True
            self._timer.start()
        return super().getreply()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().close()

    def _cut(self) -> None:
        connection = self.sock
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _TimedTls(_Timed, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""


class SmtpMailer:
    """Hands mail to one server; each mail on a connection of its own."""

    def __init__(self, url: str, sender: str, *, longest_s: float = LONGEST_EXCHANGE_S) -> None:
        self._longest_s = longest_s
        self._server: SmtpServer = parse_smtp_url(url)
        self._sender = sender
        self._address = split_sender(sender)[1]

    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises ProviderError."""
        try:
            content = rendered(mail, self._sender)
        except ValueError as error:
            raise ProviderError(PROVIDER, "headers", Outcome.REFUSED) from error
        with self._session() as smtp:
            with _before_the_content():
                _expect(smtp.mail(self._address), 250, "from")
                _expect(smtp.rcpt(mail.to), 250, "to", 251)
                _expect(smtp.docmd("DATA"), 354, "data")
            try:
                smtp.send(_dotted(content))
                answer = smtp.getreply()
            except (OSError, smtplib.SMTPException) as error:
                # All of it may have arrived.
                raise ProviderError(PROVIDER, "no-answer", Outcome.UNKNOWN) from error
            _expect(answer, 250, "content", unclear=Outcome.UNKNOWN)

    def check(self) -> None:
        """Connect, log in, leave. Raises ProviderError."""
        with self._session():
            pass

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        with _before_the_content():
            smtp = self._connected()
        try:
            with _before_the_content():
                self._greet(smtp)
            yield smtp
            # The mail is taken or not, whatever becomes of the goodbye.
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        finally:
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        # Left to itself the library would ask the name service who we are.
        hello = server.hello or self._address.rpartition("@")[2]
        options: dict[str, Any] = {
            "timeout": server.timeout_s,
            "local_hostname": hello,
            "longest_s": self._longest_s,
        }
        if server.tls:
            context = ssl.create_default_context()
            return _TimedTls(server.host, server.port, context=context, **options)
        return _Timed(server.host, server.port, **options)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._server.starttls:
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if self._server.user:
            smtp.login(self._server.user, self._server.password)


@contextmanager
def _before_the_content() -> Iterator[None]:
    """Translate what goes wrong while the server cannot have taken anything."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        # Of the login, not of the mail: whoever mends the password gets the mail.
        raise ProviderError(PROVIDER, f"login-{error.smtp_code}", Outcome.NOT_SENT) from error
    except smtplib.SMTPNotSupportedError as error:
        raise ProviderError(PROVIDER, "no-starttls-or-login", Outcome.NOT_SENT) from error
    except smtplib.SMTPResponseException as error:
        raise ProviderError(PROVIDER, f"session-{error.smtp_code}", Outcome.NOT_SENT) from error
    except ssl.SSLCertVerificationError as error:
        raise ProviderError(PROVIDER, "certificate", Outcome.NOT_SENT) from error
    except (OSError, smtplib.SMTPException) as error:
        raise ProviderError(PROVIDER, "unreachable", Outcome.NOT_SENT) from error


def _expect(
    answer: tuple[int, bytes], wanted: int, step: str, also: int = 0, *, unclear: Outcome = Outcome.NOT_SENT
) -> None:
    code = answer[0]
    if code in (wanted, also):
        return
    # The words of an answer may quote the recipient; the code says enough.
    if 500 <= code < 600:
        raise ProviderError(PROVIDER, f"{step}-{code}", Outcome.REFUSED)
    if 400 <= code < 500:
        raise ProviderError(PROVIDER, f"{step}-{code}", Outcome.NOT_SENT)
    raise ProviderError(PROVIDER, f"{step}-{code}", unclear)


def _dotted(content: bytes) -> bytes:
    """Return the content as DATA wants it (RFC 5321, 4.5.2): a dot at the start of a line doubled, one alone at the end."""
    # Headers come first, so the first line begins with none; and the last one is ended.
    return content.replace(b"\r\n.", b"\r\n..") + b".\r\n"
