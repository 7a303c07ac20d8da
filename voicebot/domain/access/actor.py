"""On whose behalf something is read or done."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """Whom a key stands for. Without a user and an organization: the operator of the machine, who may everything.

    A user narrows what is seen and reached to that person, an organization to its members and calls; both narrow
    twice. `role` says what the key opens (`domain/access/api_key.py`).
    """

    user_id: UUID | None = None
    organization_id: UUID | None = None
    role: str = "operator"
    key_id: UUID | None = None

    def params(self) -> dict[str, UUID | None]:
        """Return what SQL functions take to know whom they answer."""
        return {"actor_user_id": self.user_id, "actor_organization_id": self.organization_id}

    def call_params(self) -> dict[str, UUID | None]:
        """The same for calls, of which everybody but an operator sees what their own key asked for."""
        return self.params() | {"actor_key_id": None if self.role == "operator" else self.key_id}


THE_OPERATOR = Actor()
"""Whoever sits at the machine itself: the command line, the worker."""
