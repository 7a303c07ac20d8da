"""What an organization is and has used: rows <-> records (`sql/functions/access/organizations.sql`, `billing/usage_figures.sql`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused
from voicebot.storage.pages import ListRefused

Row = Mapping[str, Any]


class OrganizationRefused(Refused):
    """The request is refused; `code` is unknown_organization, not_allowed or unknown_field."""


def show_organization(database: Database, organization_id: UUID | None = None, *, actor: Actor) -> Row:
    """Return an organization that the actor leads; without an id the actor's own. Raises OrganizationRefused."""
    return _one(database.call("show_organization", organization_id=organization_id, actor=actor.to_json()))


def change_organization(
    database: Database, organization_id: UUID, changes: Row, *, was: Row | None = None, actor: Actor
) -> Row:
    """Change the given fields and return the organization as it is now. `was` is what the actor saw. Raises
    OrganizationRefused.
    """
    return _one(
        database.call(
            "change_organization",
            organization_id=organization_id,
            changes=dict(changes),
            was=dict(was or {}),
            actor=actor.to_json(),
        )
    )


def usage_figures(database: Database, since: datetime, *, actor: Actor) -> Row:
    """Return {"products", "spent_today"} since a moment, of what the actor leads. Raises ListRefused."""
    answer: Row = database.call("usage_figures", since=since, actor=actor.to_json())
    if answer["result"] == "refused":
        raise ListRefused(answer["code"])
    return answer


def _one(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise OrganizationRefused(answer["code"])
    organization: Row = answer["organization"]
    return organization
