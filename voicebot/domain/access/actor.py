"""On whose behalf something is read or done."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """The account that a key acts for.

    Without a user and an organization this is the operator of the machine, who may do everything. A user restricts the
    key to that person's rows; an organization restricts it to the rows of its members; both together restrict it twice.
    `role` says what the key may do (`domain/access/api_key.py`).
    """

    user_id: UUID | None = None
    organization_id: UUID | None = None
    role: str = "operator"
    key_id: UUID | None = None
    address: str = ""
    """From where, for the audit log."""

    by: UUID | None = None
    """The member who acts for the organization, for the audit log; this field restricts nothing."""

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
"""The operator at the machine itself: the command line, the worker."""
