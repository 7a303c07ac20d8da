"""A carrier's own service for codes."""

from typing import Protocol


class PhoneVerifier(Protocol):
    """Makes, sends and checks codes in our place. Every method raises ProviderError."""

    def send_code(self, to: str, channel: str, language: str = "") -> str:
        """Send a code by `sms` or `call`; return the service's id. Within its lifetime the same code again.

        `language`: a tag (`de-DE`) that its words are in; blank, or one that the service has no words in: the service
        chooses by the number's country.
        """
        ...

    def is_right(self, to: str, code: str) -> bool:
        """Tell whether this is the code that was sent; a right one is right once."""
        ...
