"""On whose behalf something is read or done."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """Whom a key stands for. Without a user and an organization: the operator of the machine, who may do everything.

    A user narrows what is seen and reached to that person, an organization to its members and calls; both narrow
    twice. `role` says what the key opens (`domain/access/api_key.py`).
    """

    user_id: UUID | None = None
    organization_id: UUID | None = None
    role: str = "operator"
    key_id: UUID | None = None
    address: str = ""
    """From where, for the audit log."""

    by: UUID | None = None
    """Who acts for the organization, for the audit log: it narrows nothing."""

    def to_json(self) -> dict[str, str | None]:
        """Return the parameter `actor` of every SQL function that people reach (`sql/functions/access/actors.sql`)."""
        told = {
            "user_id": str(self.user_id) if self.user_id else None,
            "organization_id": str(self.organization_id) if self.organization_id else None,
            "role": self.role,
            "key_id": str(self.key_id) if self.key_id else None,
        }
        told |= {"address": self.address} if self.address else {}
        return told | {"by": str(self.by)} if self.by else told


THE_OPERATOR = Actor()
"""Whoever sits at the machine itself: the command line, the worker."""
