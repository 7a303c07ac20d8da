"""Who somebody is, by e-mail and password."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Identity:
    """The person who signed in. `administrator` means of the whole service. Other claims of a token are ignored."""

    user_id: UUID
    email: str
    administrator: bool = False


class IdentityProvider(Protocol):
    """Looks at passwords, so that the service never keeps one."""

    def sign_in(self, email: str, password: str) -> Identity | None:
        """Return whose they are; None when they are nobody's. Raises ProviderError."""
        ...
