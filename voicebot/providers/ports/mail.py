"""What the service needs of a mail server: hand one mail over, and say what may have happened after a
failure."""

from typing import Protocol

from voicebot.domain.operators.mail import Mail


class Mailer(Protocol):
    """A server that takes mail."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over; returns once the server has taken it.

        Raises ProviderError: `not_sent` when the server has certainly not taken it and may do so later, `refused` when
        it never will, `unknown` when the connection was lost while only its answer was missing.
        """
        ...

    def check(self) -> None:
        """Connect and log in as for a mail, and leave. Raises ProviderError."""
        ...
