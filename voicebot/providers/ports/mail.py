"""The port to a mail server: hand one mail over, and say after a failure what may have happened."""

from typing import Protocol

from voicebot.domain.operators.mail import Mail


class Mailer(Protocol):
    """A server that takes mail."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over; returns once the server has accepted it.

        Raises ProviderError: `not_sent` when the server certainly has not accepted it and may do so later, `refused`
        when it never will, `unknown` when the connection was lost before its answer.
        """
        ...

    def check(self) -> None:
        """Connect and log in as for a mail, and leave. Raises ProviderError."""
        ...
